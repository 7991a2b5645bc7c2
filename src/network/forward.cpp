// Pixels to sums to activations, one layer.
#include <algorithm>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

Unsigned kind_of(const Crossbar& layer) {
    return layer.unsigned_input ? Unsigned::left : Unsigned::neither;
}

void pack_plane(std::vector<std::int8_t>& packed, const std::vector<std::int8_t>& plane, int rows,
                int depth, std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride, Unsigned which,
                const Kernels& kernels) {
    ensure(packed, kernels.packed_bytes(rows, depth, which));
    kernels.pack(packed.data(), plane.data(), rows, depth, row_stride, depth_stride, which);
}

// outputs x kernel -> kernel x outputs, as depthwise kernels have it.
void pack_depthwise(std::vector<std::int8_t>& packed, const std::vector<std::int8_t>& plane,
                    const SynapseArray& a, const Kernels& kernels) {
    ensure(packed, a.size());
    kernels.transpose(packed.data(), a.outputs, plane.data(), a.outputs, a.inputs);
}

void pack_tiles(const TiledArray& array, PackedSlices& to, const std::vector<std::int8_t>& plane,
                int columns, int depth, std::ptrdiff_t row_stride, std::ptrdiff_t depth_stride,
                Unsigned which, const Kernels& kernels) {
    ensure(to.low, tiled_bytes(*array.tiles, columns, depth, which, kernels));
    pack_tiled(*array.tiles, to.low.data(), plane.data(), columns, depth, row_stride, depth_stride,
               which, to.turned, kernels);
}

// outputs x (kernel x channels) -> (kernel, last element first) x outputs x channels.
void turn_kernels(const Layer& layer, const std::vector<std::int8_t>& plane,
                  std::vector<std::int8_t>& turned) {
    const auto channels = static_cast<std::size_t>(layer.window.channels);
    const auto rows = static_cast<std::size_t>(layer.forward.outputs);
    const auto depth = static_cast<std::size_t>(layer.forward.inputs);
    ensure(turned, rows * depth);
    std::int8_t* to = turned.data();
    for (std::size_t element = depth; element > 0; element -= channels)
        for (std::size_t row = 0; row < rows; ++row, to += channels)
            std::copy_n(plane.data() + row * depth + element - channels, channels, to);
}

// Times a factor of 16 fractional bits. Written levels may pass the largest one: sums are held to
// what all behind them counts on.
void compensate(std::int32_t* sums, std::size_t n, std::int32_t factor) {
    for (std::size_t i = 0; i < n; ++i)
        sums[i] = static_cast<std::int32_t>(
            saturate(round_shift(std::int64_t{sums[i]} * factor, 16), 1 << 25));
}

// Chooses the shift for activations of this batch: the smallest that leaves at most one sum in 512
// beyond the top when it starts, then one step at a time with a margin of four.
void adapt_scale(const Layer& layer, const LayerWorkspace& lp, const Workspace& work,
                 const Compute& compute, ActivationScale& scale) {
    const std::size_t item = layer.positions() * static_cast<std::size_t>(layer.forward.outputs);
    const auto own = static_cast<std::ptrdiff_t>(work.count * item);
    const std::size_t n = work.whole_count * item;
    const auto beyond = [&](int shift) {
        const std::int64_t limit = std::int64_t{layer.norm.top} << std::max(shift, 0);
        std::int64_t count = std::count_if(lp.sums.begin(), lp.sums.begin() + own,
                                           [&](std::int32_t s) { return s > limit || s < -limit; });
        compute.sum_over_processes({&count, 1});
        return static_cast<std::size_t>(count);
    };
    if (!scale.started) {
        scale = {0, true};
        while (scale.shift < 25 && beyond(scale.shift) > n / 512)
            ++scale.shift;
    } else if (scale.shift < 25 && beyond(scale.shift) > n / 512) {
        ++scale.shift;
    } else if (scale.shift > 0 && beyond(scale.shift - 1) <= n / 2048) {
        --scale.shift;
    }
}

// Sums of this process become those of all.
void share_moments(Moments& moments, LayerWorkspace& lp, const Compute& compute) {
    if (!compute.processes) return;
    moments.put(lp.exchange.small);
    compute.processes->sum(lp.exchange.small);
    moments.take(lp.exchange.small);
}

// The product's left operand for images first .. last - 1: the windows of one, or whole images.
LeftRows left_rows(const Crossbar& layer, const Tensor& in, std::size_t first, std::size_t last,
                   Scratch& s, const Kernels& k) {
    if (layer.dense())
        return LeftRows::dense(in.at(first), static_cast<int>(last - first), layer.forward.inputs,
                               layer.forward.inputs);
    return windows_of(layer.window, in.at(first), s.frame, s.patches, k);
}

// The same for tiles, which cut rows where they like: each in one run.
const std::int8_t* tile_rows(const Crossbar& layer, const Tensor& in, std::size_t first, Scratch& s,
                             const Kernels& k) {
    if (layer.dense()) return in.at(first);
    ensure(s.patches, layer.positions() * static_cast<std::size_t>(layer.forward.inputs));
    k.patches(s.patches.data(), layer.forward.inputs, in.at(first), layer.window);
    return s.patches.data();
}

TiledOperand operand_of(const Crossbar& layer, const LayerWorkspace& lp, const std::int8_t* a,
                        std::size_t first, std::size_t last, std::size_t first_image) {
    return {a,
            static_cast<int>((last - first) * layer.positions()),
            layer.forward.outputs,
            layer.forward.inputs,
            lp.forward.low.data(),
            kind_of(layer),
            (first_image + first) * layer.positions()};
}

// The range of a layer's ADCs for this batch; where nothing was seen yet, of its own sums.
void find_range(const Crossbar& layer, const Tensor& in, Workspace& work, LayerWorkspace& lp,
                const Compute& compute) {
    SeenRange seen = layer.tiles.seen;
    if (layer.tiles.adapts() && seen.batches == 0) {
        clear_largest(work);
        compute.threads.share(
            in.count, images_a_piece(layer), [&](std::size_t first, std::size_t last, int thread) {
                Scratch& s = work.scratch[static_cast<std::size_t>(thread)];
                const std::int8_t* a = tile_rows(layer, in, first, s, compute.kernels);
                measure_sums(operand_of(layer, lp, a, first, last, work.first_image), layer.tiles,
                             work.step, s.tiles, compute.kernels);
            });
        seen = {compute.max_over_processes(largest_read(work)), 1};
    }
    prepare(layer.tiles, seen, layer.forward.outputs, lp.forward_tiles);
    clear_largest(work);
}

}  // namespace

void combine_digits(std::int32_t* low, const std::int32_t* high, std::size_t n, int shift) {
    for (std::size_t i = 0; i < n; ++i)
        low[i] =
            static_cast<std::int32_t>(round_shift(std::int64_t{255} * high[i] + low[i], shift));
}

void pack_forward(const Crossbar& layer, LayerWorkspace& lp, const Kernels& kernels) {
    const int rows = layer.forward.outputs, depth = layer.forward.inputs;
    const Unsigned which = kind_of(layer);
    const auto* narrow = std::get_if<std::vector<std::int8_t>>(&layer.forward.levels);
    if (layer.tiles)
        return pack_tiles(layer.tiles, lp.forward, *narrow, rows, depth, depth, 1, which, kernels);
    const auto pack = [&](std::vector<std::int8_t>& to, const std::vector<std::int8_t>& plane) {
        if (layer.depthwise) return pack_depthwise(to, plane, layer.forward, kernels);
        pack_plane(to, plane, rows, depth, depth, 1, which, kernels);
    };
    if (narrow != nullptr) return pack(lp.forward.low, *narrow);
    Slices& slices = lp.forward.slices;
    slices_of(layer.forward, slices);
    pack(lp.forward.low, slices.low);
    pack(lp.forward.high, slices.high);
}

void pack_feedback(const Layer& layer, LayerWorkspace& lp, const Kernels& kernels) {
    // Errors meet the array from the other side: its rows are inputs, its depth outputs.
    const int rows = layer.forward.outputs, depth = layer.forward.inputs;
    PackedSlices& to = lp.feedback;
    const std::vector<std::int8_t>* plane = effective_plane(layer.feedback, layer.forward);
    if (plane == nullptr) {
        effective_slices(layer.feedback, layer.forward, to.slices);
        plane = &to.slices.low;
    }
    if (gathers_deltas(layer)) {
        turn_kernels(layer, *plane, to.turned);
        const int channels = layer.window.channels;
        return pack_plane(to.low, to.turned, channels, rows * depth / channels, 1, channels,
                          Unsigned::neither, kernels);
    }
    if (layer.feedback_tiles)
        return pack_tiles(layer.feedback_tiles, to, *plane, depth, rows, 1, depth,
                          Unsigned::neither, kernels);
    const auto pack = [&](std::vector<std::int8_t>& packed, const std::vector<std::int8_t>& from) {
        if (layer.depthwise) return pack_depthwise(packed, from, layer.forward, kernels);
        pack_plane(packed, from, depth, rows, 1, depth, Unsigned::neither, kernels);
    };
    pack(to.low, *plane);
    if (wide_feedback(layer)) pack(to.high, to.slices.high);
}

void forward_sums(const Crossbar& layer, std::size_t index, const Tensor& in, bool moments,
                  Workspace& work, const Compute& compute) {
    const Kernels& k = compute.kernels;
    LayerWorkspace& lp = work.layers[index];
    const auto rows = static_cast<std::size_t>(layer.forward.outputs);
    const std::size_t positions = layer.positions();
    ensure(lp.sums, in.count * positions * rows);
    for (Scratch& s : work.scratch)
        if (moments) s.moments.clear(layer.forward.outputs);
    const Unsigned which = kind_of(layer);
    if (layer.tiles) find_range(layer, in, work, lp, compute);
    compute.threads.share(
        in.count, images_a_piece(layer), [&](std::size_t first, std::size_t last, int thread) {
            Scratch& s = work.scratch[static_cast<std::size_t>(thread)];
            const int m = static_cast<int>((last - first) * positions);
            const std::size_t n = (last - first) * positions * rows;
            std::int32_t* sums = lp.sums.data() + first * positions * rows;
            const auto product = [&](std::int32_t* to, const std::vector<std::int8_t>& packed,
                                     const LeftRows& a) {
                if (layer.depthwise)
                    return k.depthwise(to, in.at(first), packed.data(), layer.window);
                k.product_of_runs(to, layer.forward.outputs, a, m, packed.data(),
                                  layer.forward.outputs, which, false);
            };
            LeftRows a{};
            if (layer.tiles) {
                const std::int8_t* const windows = tile_rows(layer, in, first, s, k);
                tiled_product(sums, operand_of(layer, lp, windows, first, last, work.first_image),
                              layer.tiles, lp.forward_tiles, work.step, s.tiles, k);
            } else {
                if (!layer.depthwise) a = left_rows(layer, in, first, last, s, k);
                product(sums, lp.forward.low, a);
            }
            if (layer.forward.wide()) {
                ensure(s.high, n);
                product(s.high.data(), lp.forward.high, a);
                combine_digits(sums, s.high.data(), n, layer.sum_shift);
            } else if (layer.sum_shift > 0) {
                for (std::size_t i = 0; i < n; ++i)
                    sums[i] = static_cast<std::int32_t>(round_shift(sums[i], layer.sum_shift));
            }
            if (layer.compensation != 0) compensate(sums, n, layer.compensation);
            if (moments) s.moments.add(k, sums, (last - first) * positions, layer.forward.outputs);
        });
    if (layer.tiles) lp.forward_tiles.largest = largest_read(work);
}

void train_sums(const Layer& layer, std::size_t index, const Tensor& in, Workspace& work,
                const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    const bool moments = layer.norm.mode != BatchNormMode::none;
    forward_sums(layer, index, in, moments, work, compute);
    if (moments) {
        for (std::size_t t = 1; t < work.scratch.size(); ++t)
            work.scratch[0].moments.add(work.scratch[t].moments);
        share_moments(work.scratch[0].moments, lp, compute);
        finish(work.scratch[0].moments, work.whole_count * layer.positions(), lp.statistics);
        find_deviations(lp.statistics, lp.deviations);
    } else {
        lp.scale = layer.scale;
        adapt_scale(layer, lp, work, compute, lp.scale);
    }
    make_activation(layer.norm, lp.statistics, lp.deviations, lp.scale.shift, lp.activation);
}

void activate(const Crossbar& layer, const Activation& a, std::size_t index, const Tensor& in,
              Tensor& out, Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    const std::size_t item = layer.positions() * static_cast<std::size_t>(layer.forward.outputs);
    out.resize(work.count,
               {layer.window.out_height, layer.window.out_width, layer.forward.outputs});
    out.exponent = a.exponent_from(in.exponent + layer.forward.exponent + layer.sum_shift);
    if (a.learnt()) lp.normalised.resize(out.count, out.shape);
    compute.threads.share(work.count, 1, [&](std::size_t first, std::size_t last, int) {
        const std::int32_t* sums = lp.sums.data() + first * item;
        const std::size_t n = (last - first) * layer.positions();
        if (!a.normalised)
            return compute.kernels.narrow(out.at(first), sums, (last - first) * item, a.shift,
                                          a.top, nullptr);
        std::int8_t* to = a.learnt() ? lp.normalised.at(first) : out.at(first);
        compute.kernels.normalise(to, sums, n, layer.forward.outputs, a.view());
        if (a.learnt()) scale_and_shift(a, to, out.at(first), n);
    });
}

}  // namespace crossbar
