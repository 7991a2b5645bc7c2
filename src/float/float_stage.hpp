// The stages of a float network at work on a batch, as in network/stage.hpp.
#pragma once

#include "float/float_network.hpp"

namespace crossbar {

void float_forward_stage(const FloatNetwork& network, std::size_t i, Mode mode,
                         FloatWorkspace& work, Threads& threads);
void float_backward_step(const FloatNetwork& network, const BackwardStep& step,
                         FloatWorkspace& work, Threads& threads);

}  // namespace crossbar
