// Synapses made of devices: their weights move by pulses on one or two devices each, which have
// kinds, wear out and stick. An array without a device is ideal.
#pragma once

#include <memory>

#include "crossbar/device.hpp"
#include "crossbar/philox.hpp"
#include "crossbar/synapse_array.hpp"

namespace crossbar {

// Gives an array of ideal levels its devices: draws their kinds and those that are stuck, and
// programs the levels into the others as near as their bounds let them. At most 8 bits.
void make_devices(SynapseArray& array, std::shared_ptr<const Device> device, std::uint64_t seed,
                  std::uint32_t layer);

// Room for one piece of at most `piece` synapses.
struct DeviceScratch {
    std::vector<std::int8_t> pulses;  // of the piece, filled by the caller
    std::vector<std::int8_t> mirrored;
    std::vector<std::uint8_t> levels;
    std::vector<std::uint16_t> random;
};

// Sends scratch.pulses to the synapses first .. first + n - 1. The stream is that of the array and
// step; synapse i takes half i of it, the second device of a pair half i of `second`.
void program(SynapseArray& array, std::size_t first, std::size_t n, const Stream& draws,
             const Stream& second, DeviceScratch& scratch, const Kernels& kernels);

// One-sided pairs with a full device start again from the difference alone, written and verified;
// returns how many. For synapses first .. last - 1.
std::uint64_t refresh(SynapseArray& array, std::size_t first, std::size_t last);

// Retention, once every device->leak_every batches: each device loses its kind's share of the
// distance to its rest, rounded at random; stuck ones stay. For synapses first .. first + n - 1,
// random halves as in `program`.
void leak(SynapseArray& array, std::size_t first, std::size_t n, const Stream& draws,
          const Stream& second, DeviceScratch& scratch, const Kernels& kernels);

// The level of device `plane` (0, or 1 for the second of a pair) of synapse i.
int device_level(const SynapseArray& array, std::size_t plane, std::size_t i);

// Devices that do not move any more.
std::size_t stuck_devices(const SynapseArray& array);

}  // namespace crossbar
