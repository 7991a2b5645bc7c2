// Synapses made of devices: their weights move by pulses on one or two devices each, which have
// kinds, wear out and stick. An array without a device is ideal.
#pragma once

#include <memory>

#include "array/synapse_array.hpp"
#include "base/random_address.hpp"
#include "device/device.hpp"

namespace crossbar {

// Gives an array of ideal levels its devices: draws their kinds and those that are stuck, and
// programs the levels into the others as near as their bounds let them, or where the device says
// so by verified pulses, from the lowest level on. At most 8 bits.
void make_devices(SynapseArray& array, std::shared_ptr<const DeviceTables> device,
                  std::uint64_t seed, std::uint32_t layer, const Kernels& kernels = best_kernels());

// Room for one piece of at most `piece` synapses.
struct DeviceScratch {
    std::vector<std::int8_t> pulses;  // of the piece, filled by the caller
    std::vector<std::int8_t> mirrored;
    std::vector<std::uint8_t> levels, wanted;
    std::vector<std::uint16_t> random;
    std::uint64_t reads = 0, writes = 0;  // of verified writing and of carries, added up
    std::uint64_t refreshes = 0;          // or carries, added up by the caller
};

// Levels that verified writing leaves alone.
inline constexpr std::uint8_t unwanted = 255;

// Verified writing of devices first .. first + n - 1 of an array: each is read, and while it is
// farther than `verify_within` from the level wanted, sent the train that would move a device with
// the mean step there; at most verify_tries times. One-sided devices, which are not taken back, are
// sent half of the way. Counts in `scratch`. Try t draws at random_steps::attempt(draws.step, t).
void write_verified(const DeviceTables& device, std::uint8_t* levels, std::uint8_t* kinds,
                    std::uint16_t* wear, const std::uint8_t* wanted, std::size_t first,
                    std::size_t n, const Stream& draws, DeviceScratch& scratch,
                    const Kernels& kernels);

// Sends scratch.pulses to the synapses first .. first + n - 1. The stream is that of the array and
// step; synapse i takes half i of it, the second device of a pair half i of `second`.
void program(SynapseArray& array, std::size_t first, std::size_t n, const Stream& draws,
             const Stream& second, DeviceScratch& scratch, const Kernels& kernels);

// One-sided pairs with a full device start again from the difference alone, written exactly;
// returns how many. For synapses first .. last - 1.
std::uint64_t refresh(SynapseArray& array, std::size_t first, std::size_t last);

// The same by verified writing, after one RESET of each device.
std::uint64_t refresh_verified(SynapseArray& array, std::size_t first, std::size_t last,
                               const Stream& draws, const Stream& second, DeviceScratch& scratch,
                               const Kernels& kernels);

// Carries: where the low digit is full, the high one is moved a level, and the low one taken back
// by as much as the high one has moved. Exact, or by verified writing where the device says so.
// Returns how many; the low digits looked at are readings. Of all synapses first .. first + n - 1,
// or of those alone whose scratch.pulses would take it farther.
enum class Carry { all, pulsed };
std::uint64_t carry(SynapseArray& array, Carry which, std::size_t first, std::size_t n,
                    const Stream& draws, const Stream& second, DeviceScratch& scratch,
                    const Kernels& kernels);

// Retention, once every device->leak_every batches: each device loses its kind's share of the
// distance to its rest, rounded at random; stuck ones stay. For synapses first .. first + n - 1,
// random halves as in `program`.
void leak(SynapseArray& array, std::size_t first, std::size_t n, const Stream& draws,
          const Stream& second, DeviceScratch& scratch, const Kernels& kernels);

// The level of device `plane` (0, or 1 for the second) of synapse i.
int device_level(const SynapseArray& array, std::size_t plane, std::size_t i);

// Sums, over the kinds of devices that move, of the level to which device `plane` of a synapse
// comes when `level` is written into it exactly, and of that level's square: bounds hold some back.
struct Reached {
    std::int64_t sum = 0, square = 0;
};
Reached reached(const DeviceTables& device, std::size_t plane, int level);

// Devices that do not move any more.
std::size_t stuck_devices(const SynapseArray& array);

}  // namespace crossbar
