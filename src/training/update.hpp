// From a layer's gradient sums to pulses on its synapses, by the plan's rule.
#pragma once

#include <cstdint>

#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// Synapses, and learnt scale and shift, of one layer; `index` and `step` address the random
// numbers.
void update_layer(Layer& layer, std::size_t index, bool last, const Plan& plan, int epoch,
                  std::uint64_t step, Workspace& work, const Compute& compute);

// The decay term of these synapses, as a sign rule has it: a level times `decay`, / 2^decay_shift.
void set_decay(SignRule& rule, const Plan& plan, const SynapseArray& synapses);

}  // namespace crossbar
