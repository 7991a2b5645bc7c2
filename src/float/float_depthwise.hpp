// A float layer whose channels do not mix, at work on a batch; float_layer.hpp calls it where a
// layer is one. Pieces of the batch as there.
#pragma once

#include "float/float_network.hpp"

namespace crossbar {

void float_depthwise_sums(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                          const FloatWorkspace& work, Threads& threads);
void float_depthwise_gradient(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                              const FloatWorkspace& work, Threads& threads);
void float_depthwise_delta_below(const FloatLayer& layer, FloatLayerWorkspace& lp,
                                 std::vector<float>& delta, const FloatWorkspace& work,
                                 Threads& threads);

}  // namespace crossbar
