// Pulses on their way to a layer's synapses: forward ones, and with `kp` feedback ones, which get
// the same. On ideal synapses a pulse moves one level, bounds hold; devices move as
// device_array.hpp says, each array with its own random numbers.
#pragma once

#include <cstdint>

#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// scratch.devices.pulses to the synapses first .. first + n - 1 of `a`, of at most 8 bits, and of
// `back` where that is not null. The stream is that of the layer's pulses at this step.
void send(SynapseArray& a, SynapseArray* back, std::size_t first, std::size_t n, const Stream& s,
          Scratch& scratch, const Kernels& kernels);

// Before pulses are sent by several threads, and after: how many they were, and what devices read
// and refreshed on the way.
void clear_counts(Workspace& work);
void add_counts(SynapseArray& a, SynapseArray* back, std::uint64_t sent, const Workspace& work);

// One-sided pairs start again and digits are carried, where that is due at this step.
void refresh_layer(Layer& layer, std::size_t index, const Plan& plan, std::uint64_t step,
                   Workspace& work, const Compute& compute);

// Retention of a layer's devices, where it is due at this step; before the step's pulses.
void leak_layer(Layer& layer, std::size_t index, const Plan& plan, std::uint64_t step,
                Workspace& work, const Compute& compute);

}  // namespace crossbar
