// A layer of synapses at work on a batch: sums, activations, deltas below, gradient sums.
#pragma once

#include "network/network.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// Packs the forward array, or the feedback array, for the products.
void pack_forward(const Crossbar& layer, LayerWorkspace& work, const Kernels& kernels);
void pack_feedback(const Layer& layer, LayerWorkspace& work, const Kernels& kernels);

// in -> LayerWorkspace::sums; with their moments in each thread's scratch.
void forward_sums(const Crossbar& layer, std::size_t index, const Tensor& in, bool moments,
                  Workspace& work, const Compute& compute);

// The same in training: with the batch's statistics or activation scale, and the activation by
// them.
void train_sums(const Layer& layer, std::size_t index, const Tensor& in, Workspace& work,
                const Compute& compute);

// Sums of two digits of the synapses, low = 255 * high + low, halved `shift` times.
void combine_digits(std::int32_t* low, const std::int32_t* high, std::size_t n, int shift);

// Sums of `in` -> activations.
void activate(const Crossbar& layer, const Activation& activation, std::size_t index,
              const Tensor& in, Tensor& out, Workspace& work, const Compute& compute);

// Delta at the activations -> delta at the sums (LayerWorkspace::sum_delta). `out` is what activate
// gave; `delta` may be used up.
void delta_at_sums(const Layer& layer, std::size_t index, const Tensor& out, Tensor& delta,
                   const DeltaFormat& format, Workspace& work, const Compute& compute);

// How many images a thread takes at a time; of dense layers a few, whose rows fill register tiles,
// in pieces that two threads can share evenly.
inline std::size_t images_a_piece(const Crossbar& layer) {
    return layer.dense() ? 12 : 1;
}

// How many images' positions one product of the gradient sums: small maps fill it together.
std::size_t images_together(const Layer& layer);

// sum_delta . input -> LayerWorkspace::gradient, dL/d(level) in units of
// 2^(sum_delta.exponent - sum_shift). Where processes share the batch, finish_exchanges brings it.
void gradient_sums(const Layer& layer, std::size_t index, const Tensor& in, Workspace& work,
                   const Compute& compute);

// The sums alone, of images first .. last - 1 of those that are here, with LayerWorkspace::residual
// and input_sum: in gradient; true where the whole batch's need more than int32, and they are in
// wide_gradient.
bool sum_gradient(const Layer& layer, const Tensor& in, const Stretch& images, LayerWorkspace& work,
                  Workspace& all, const Compute& compute);

// wide_gradient -> gradient: beyond int32 only the sign and the order of magnitude matter.
void saturate_gradient(const Layer& layer, LayerWorkspace& work);

// Batch normalisation makes the deltas of a channel sum to zero; rounding them to 8 bits does not.
// What is left times the inputs' mean, the same sign for a whole row of synapses, would drown the
// signs of the rest, so it is taken off: sum of (e - mean e) x = sum of e x - (sum e)(sum x) / P,
// of P positions. Of synapses start .. start + synapses - 1.
void centre_gradient(const Layer& layer, std::size_t positions, std::size_t start,
                     std::size_t synapses, LayerWorkspace& work, const Compute& compute);

// Whether delta_below gathers windows of deltas, which pack_feedback prepares, or folds shares.
bool gathers_deltas(const Layer& layer);

// Those windows over the deltas at the sums, one for every input pixel.
Window delta_window(const Layer& layer);

// Whether deltas meet two digits: the feedback array is the forward one, and wide.
bool wide_feedback(const Layer& layer);

// sum_delta through the feedback array -> delta at the input.
void delta_below(const Layer& layer, std::size_t index, Tensor& delta, const DeltaFormat& format,
                 Workspace& work, const Compute& compute);

}  // namespace crossbar
