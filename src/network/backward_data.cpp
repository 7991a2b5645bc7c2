// Deltas at sums to deltas below, one layer: deltas . feedback, where every input takes part in as
// many windows as see it. In two ways, with the same sums:
//
//   fold    deltas . feedback gives each window's share of its inputs, and shares are added up
//   gather  the windows of deltas that see an input are a patch; patches . feedback with its
//   kernels
//           turned around are the deltas below. Needs stride 1, and is less work where the input is
//           no larger than the output: nothing is added up afterwards, and products are deep.
//
// An input of a depthwise layer takes part in windows of its own channel alone: its kernel gathers.
#include <algorithm>

#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

// Deltas below of images first .. last - 1, int32.
struct Images {
    std::size_t first, last;
    std::int32_t* below;
    std::size_t count() const { return last - first; }
};

void gather(const Layer& layer, const LayerWorkspace& lp, const Images& images, Scratch& s,
            const Kernels& k) {
    const Window w = delta_window(layer);
    const int pixels = w.out_height * w.out_width, channels = layer.window.channels;
    std::int32_t* below = images.below;
    for (std::size_t i = images.first; i < images.last; ++i, below += pixels * channels) {
        const LeftRows deltas = windows_of(w, lp.sum_delta.at(i), s.frame, s.patches, k);
        k.product_of_runs(below, channels, deltas, pixels, lp.feedback.low.data(), channels,
                          Unsigned::neither, false);
    }
}

TiledOperand operand_of(const Layer& layer, const LayerWorkspace& lp, const Images& images,
                        std::size_t first_image) {
    return {lp.sum_delta.at(images.first),
            static_cast<int>(images.count() * layer.positions()),
            layer.forward.inputs,
            layer.forward.outputs,
            lp.feedback.low.data(),
            Unsigned::neither,
            (first_image + images.first) * layer.positions()};
}

// The range of the ADCs for this batch of deltas; where nothing was seen yet, of its own sums.
void find_range(const Layer& layer, LayerWorkspace& lp, Workspace& work, const Compute& compute) {
    SeenRange seen = layer.feedback_tiles.seen;
    if (layer.feedback_tiles.adapts() && seen.batches == 0) {
        clear_largest(work);
        compute.threads.share(
            work.count, images_a_piece(layer),
            [&](std::size_t first, std::size_t last, int thread) {
                measure_sums(operand_of(layer, lp, {first, last, nullptr}, work.first_image),
                             layer.feedback_tiles, work.step,
                             work.scratch[static_cast<std::size_t>(thread)].tiles, compute.kernels);
            });
        seen = {compute.max_over_processes(largest_read(work)), 1};
    }
    prepare(layer.feedback_tiles, seen, layer.forward.inputs, lp.feedback_tiles);
    clear_largest(work);
}

void depthwise(const Layer& layer, const LayerWorkspace& lp, const Images& images, int shift,
               Scratch& s, const Kernels& k) {
    const Window& w = layer.window;
    const std::size_t item = Shape{w.in_height, w.in_width, w.channels}.size();
    std::int32_t* below = images.below;
    for (std::size_t i = images.first; i < images.last; ++i, below += item) {
        k.depthwise_back(below, lp.sum_delta.at(i), lp.feedback.low.data(), w);
        if (!wide_feedback(layer)) continue;
        ensure(s.high, item);
        k.depthwise_back(s.high.data(), lp.sum_delta.at(i), lp.feedback.high.data(), w);
        combine_digits(below, s.high.data(), item, shift);
    }
}

// Sums of wide digits are halved `shift` times.
void fold(const Layer& layer, const LayerWorkspace& lp, const Images& images, int shift,
          const Workspace& work, Scratch& s, const Kernels& k) {
    const int rows = layer.forward.outputs, depth = layer.forward.inputs;
    const auto m = static_cast<int>(images.count() * layer.positions());
    const std::size_t n = static_cast<std::size_t>(m) * static_cast<std::size_t>(depth);
    ensure(s.sums, n);
    std::int32_t* const sums = layer.dense() ? images.below : s.sums.data();
    const std::int8_t* const deltas = lp.sum_delta.at(images.first);
    if (layer.feedback_tiles)
        tiled_product(sums, operand_of(layer, lp, images, work.first_image), layer.feedback_tiles,
                      lp.feedback_tiles, work.step, s.tiles, k);
    else
        k.product(sums, depth, deltas, rows, m, lp.feedback.low.data(), depth, rows,
                  Unsigned::neither, false);
    if (wide_feedback(layer)) {
        ensure(s.high, n);
        k.product(s.high.data(), depth, deltas, rows, m, lp.feedback.high.data(), depth, rows,
                  Unsigned::neither, false);
        combine_digits(sums, s.high.data(), n, shift);
    }
    if (layer.dense()) return;
    const Window& w = layer.window;
    const std::size_t item = Shape{w.in_height, w.in_width, w.channels}.size();
    std::fill_n(images.below, images.count() * item, 0);
    for (std::size_t i = 0; i < images.count(); ++i)
        k.fold(images.below + i * item,
               sums + i * layer.positions() * static_cast<std::size_t>(depth), w);
}

}  // namespace

Window delta_window(const Layer& layer) {
    const Window& w = layer.window;
    return {w.out_height,   w.out_width, layer.forward.outputs,       w.kernel_height,
            w.kernel_width, 1,           w.kernel_height - 1 - w.pad, w.in_height,
            w.in_width};
}

bool wide_feedback(const Layer& layer) {
    return layer.feedback.levels.empty() && layer.forward.wide();
}

bool gathers_deltas(const Layer& layer) {
    const Window& w = layer.window;
    // Tiles see each window of deltas, and read its shares one by one.
    return !layer.dense() && !layer.depthwise && !wide_feedback(layer) && !layer.feedback_tiles &&
           w.stride == 1 && w.kernel_height == w.kernel_width && w.pad < w.kernel_height &&
           w.in_height * w.in_width <= w.out_height * w.out_width;
}

void delta_below(const Layer& layer, std::size_t index, Tensor& delta, const DeltaFormat& format,
                 Workspace& work, const Compute& compute) {
    const Kernels& k = compute.kernels;
    LayerWorkspace& lp = work.layers[index];
    const Window& w = layer.window;
    delta.resize(work.count, {w.in_height, w.in_width, w.channels});
    ensure(work.wide_delta, delta.size());
    // Folded sums of wide digits are halved until they are sure to stay below 2^29.
    const int outputs = layer.depthwise ? 1 : layer.forward.outputs;
    const auto terms = static_cast<std::uint64_t>(outputs) *
                       static_cast<std::uint64_t>(w.kernel_height * w.kernel_width);
    const int shift = wide_feedback(layer) ? std::max(0, bit_width(terms * 127 * 32512) - 29) : 0;
    const bool gathers = gathers_deltas(layer);
    if (layer.feedback_tiles) find_range(layer, lp, work, compute);
    const auto own = compute.reduce<Reduce::max>(
        work.count, images_a_piece(layer), [&](std::size_t first, std::size_t last, int thread) {
            Scratch& s = work.scratch[static_cast<std::size_t>(thread)];
            const Images images{first, last, work.wide_delta.data() + first * delta.item()};
            if (layer.depthwise)
                depthwise(layer, lp, images, shift, s, k);
            else if (gathers)
                gather(layer, lp, images, s, k);
            else
                fold(layer, lp, images, shift, work, s, k);
            return k.largest(images.below, images.count() * delta.item());
        });
    if (layer.feedback_tiles) lp.feedback_tiles.largest = largest_read(work);
    const int exponent = lp.sum_delta.exponent + shift - layer.sum_shift +
                         feedback_exponent(layer.feedback, layer.forward) - layer.forward.exponent;
    narrow_deltas(work.wide_delta.data(), compute.max_over_processes(own), delta, exponent, format,
                  lanes::delta_below(index), work, compute);
}

}  // namespace crossbar
