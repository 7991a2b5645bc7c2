// A float layer at work on a batch: sums, normalisation, deltas below, gradients. A batch is cut
// into pieces by its size alone, and what the pieces sum is added in their order: the number of
// threads does not show in any result.
#pragma once

#include <algorithm>

#include "float/float_network.hpp"

namespace crossbar {

constexpr std::size_t most_float_pieces = 16;

// Images of a piece.
constexpr std::size_t float_piece(std::size_t count) {
    return (count + most_float_pieces - 1) / most_float_pieces;
}

// Images whose patches are multiplied at once: enough rows for the product, and little memory.
inline std::size_t float_block(const FloatLayer& layer) {
    return std::max<std::size_t>(1, 384 / layer.positions());
}

// in -> lp.sums.
void float_sums(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                FloatWorkspace& work, Threads& threads);

// lp.sums -> normalised, in place, -> out; in Mode::train by the batch's statistics, which it
// takes.
void float_normalise(const FloatLayer& layer, Mode mode, FloatLayerWorkspace& lp, float* out,
                     FloatWorkspace& work, Threads& threads);

// Running statistics move towards the batch's by a share of the way.
void float_blend(FloatStatistics& statistics, const FloatLayerWorkspace& work, float share);

// Delta at that output -> lp.sum_delta, and the gradients of scale and shift.
void float_normalise_back(const FloatLayer& layer, const float* delta, FloatLayerWorkspace& lp,
                          FloatWorkspace& work, Threads& threads);

// lp.sum_delta . in -> lp.gradient.
void float_gradient(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                    FloatWorkspace& work, Threads& threads);

// lp.sum_delta through V -> delta at the input.
void float_delta_below(const FloatLayer& layer, FloatLayerWorkspace& lp, std::vector<float>& delta,
                       FloatWorkspace& work, Threads& threads);

}  // namespace crossbar
