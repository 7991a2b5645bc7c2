// Deltas at activations to deltas at sums, and gradient sums; one layer.
#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

// Products of 127 * 127 that an int32 sum holds.
constexpr std::size_t most_products = 133144;

Scratch& scratch_of(Workspace& work, int thread) {
    return work.scratch[static_cast<std::size_t>(thread)];
}

void sum_delta_moments(const Layer& layer, const Tensor& x, const Tensor& delta, LayerWorkspace& lp,
                       Workspace& work, const Compute& compute) {
    const auto channels = static_cast<std::size_t>(layer.forward.outputs);
    for (Scratch& s : work.scratch) {
        s.delta_moments.e.assign(channels, 0);
        s.delta_moments.ex.assign(channels, 0);
    }
    compute.threads.share(x.count, 1, [&](std::size_t first, std::size_t last, int thread) {
        Scratch& s = scratch_of(work, thread);
        s.sum_e.assign(channels, 0);
        s.sum_ex.assign(channels, 0);
        compute.kernels.delta_moments(s.sum_e.data(), s.sum_ex.data(), delta.at(first), x.at(first),
                                      (last - first) * layer.positions(), layer.forward.outputs);
        for (std::size_t c = 0; c < channels; ++c) {
            s.delta_moments.e[c] += s.sum_e[c];
            s.delta_moments.ex[c] += s.sum_ex[c];
        }
    });
    lp.delta_moments = work.scratch[0].delta_moments;
    for (std::size_t t = 1; t < work.scratch.size(); ++t)
        for (std::size_t c = 0; c < channels; ++c) {
            lp.delta_moments.e[c] += work.scratch[t].delta_moments.e[c];
            lp.delta_moments.ex[c] += work.scratch[t].delta_moments.ex[c];
        }
    if (!compute.processes) return;
    std::vector<std::int64_t>& all = lp.exchange.small;
    all.assign(lp.delta_moments.e.begin(), lp.delta_moments.e.end());
    all.insert(all.end(), lp.delta_moments.ex.begin(), lp.delta_moments.ex.end());
    compute.processes->sum(all);
    std::copy_n(all.begin(), channels, lp.delta_moments.e.begin());
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(channels), channels,
                lp.delta_moments.ex.begin());
}

// deltas (positions x outputs) -> deltas^T with a row of ones below, whose product sums the inputs.
// Adds the sum of each row to `residual`.
void transpose_deltas(const std::int8_t* deltas, std::size_t rows, std::size_t positions,
                      std::vector<std::int8_t>& transposed, std::vector<std::int64_t>& residual,
                      const Kernels& k) {
    ensure(transposed, (rows + 1) * positions);
    k.transpose(transposed.data(), static_cast<std::ptrdiff_t>(positions), deltas,
                static_cast<int>(positions), static_cast<int>(rows));
    std::fill_n(transposed.begin() + static_cast<std::ptrdiff_t>(rows * positions), positions,
                std::int8_t{1});
    for (std::size_t n = 0; n < rows; ++n) {
        const std::int8_t* row = transposed.data() + n * positions;
        std::int32_t sum = 0;
        for (std::size_t p = 0; p < positions; ++p)
            sum += row[p];
        residual[n] += sum;
    }
}

// The left operand of a convolution's gradient, a row for each input of a window, its depth the
// positions of `count` images: maps turned around, or gathered windows. Calls add(first row, rows,
// where they lie).
template <typename Add>
void each_gradient_rows(const Layer& layer, const Tensor& in, std::size_t first, std::size_t count,
                        Scratch& s, const Kernels& k, const Add& add) {
    const Window& w = layer.window;
    const int channels = w.channels, depth = layer.forward.inputs;
    if (turns_maps(w)) {
        const TurnedMaps maps(w, count);
        ensure(s.transposed, maps.bytes());
        for (std::size_t i = 0; i < count; ++i)
            maps.turn(i, framed(w, in.at(first + i), s.frame), s.transposed.data(), k);
        for (int ky = 0; ky < w.kernel_height; ++ky)
            for (int kx = 0; kx < w.kernel_width; ++kx)
                add((ky * w.kernel_width + kx) * channels, channels,
                    maps.rows_at(ky, kx, s.transposed.data()));
        return;
    }
    const std::size_t image = layer.positions() * static_cast<std::size_t>(depth);
    const auto positions = static_cast<int>(count * layer.positions());
    ensure(s.patches, count * image);
    ensure(s.transposed, count * image);
    for (std::size_t i = 0; i < count; ++i)
        k.patches(s.patches.data() + i * image, depth, in.at(first + i), w);
    k.transpose(s.transposed.data(), positions, s.patches.data(), positions, depth);
    add(0, depth, LeftRows::dense(s.transposed.data(), depth, positions, positions));
}

// The share of images first .. last - 1 in the gradient, patches^T . deltas, added to the thread's
// own; a row of ones sums the deltas.
void add_gradient(const Layer& layer, const Tensor& delta, const Tensor& in, std::size_t first,
                  std::size_t last, Scratch& s, const Kernels& k) {
    const int rows = layer.forward.outputs, depth = layer.forward.inputs;
    const std::size_t positions = (last - first) * layer.positions();
    const auto p = static_cast<int>(positions);
    const Unsigned which = layer.unsigned_input ? Unsigned::left : Unsigned::neither;
    ensure(s.packed, k.packed_bytes(rows, p, which));
    k.pack(s.packed.data(), delta.at(first), rows, p, 1, rows, which);
    const auto add = [&](int row, int count, const LeftRows& a) {
        k.product_of_runs(s.gradient.data() + std::ptrdiff_t{row} * rows, rows, a, count,
                          s.packed.data(), rows, which, true);
    };
    each_gradient_rows(layer, in, first, last - first, s, k, add);
    ensure(s.ones, positions);
    std::fill_n(s.ones.begin(), positions, std::int8_t{1});
    add(depth, 1, LeftRows::dense(s.ones.data(), 1, 0, p));
    for (std::size_t i = first; i < last; ++i)
        k.window_sums(s.input_sum.data(), in.at(i), layer.window);
}

// The same of a depthwise layer, kernel x channels, with the sums of deltas behind it; and of the
// inputs of each synapse.
void add_depthwise_gradient(const Layer& layer, const Tensor& delta, const Tensor& in,
                            std::size_t first, std::size_t last, Scratch& s, const Kernels& k) {
    for (std::size_t i = first; i < last; ++i)
        k.depthwise_gradient(s.gradient.data(), s.input_sum.data(), delta.at(i), in.at(i),
                             layer.window);
    s.sum_ex.assign(static_cast<std::size_t>(layer.forward.outputs), 0);
    // Of e and e * e: this is the kernel that sums channels, and its second result is not used.
    k.delta_moments(s.gradient.data() + layer.forward.size(), s.sum_ex.data(), delta.at(first),
                    delta.at(first), (last - first) * layer.positions(), layer.forward.outputs);
}

// depth x rows -> rows x depth, added.
void add_turned(const std::vector<std::int32_t>& from, std::size_t rows, std::size_t depth,
                std::vector<std::int64_t>& to) {
    for (std::size_t d = 0; d < depth; ++d)
        for (std::size_t n = 0; n < rows; ++n)
            to[n * depth + d] += from[d * rows + n];
}

// Adds the threads' shares of a stretch of images to the layer's sums.
void collect_gradient(LayerWorkspace& lp, std::size_t rows, std::size_t depth, bool wide,
                      bool depthwise, Workspace& work, const Compute& compute) {
    for (const Scratch& s : work.scratch) {
        if (depthwise)
            add_turned(s.input_sum, rows, depth, lp.input_sum);
        else
            for (std::size_t d = 0; d < depth; ++d)
                lp.input_sum[d] += s.input_sum[d];
        for (std::size_t n = 0; n < rows; ++n)
            lp.residual[n] += s.gradient[depth * rows + n];
    }
    compute.threads.share(rows, 8, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t d = 0; d < depth; ++d)
            for (std::size_t n = first; n < last; ++n) {
                std::int32_t sum = 0;
                for (const Scratch& s : work.scratch)
                    sum += s.gradient[d * rows + n];
                if (wide)
                    lp.wide_gradient[n * depth + d] += sum;
                else
                    lp.gradient[n * depth + d] = sum;
            }
    });
}

void convolution_gradient(const Layer& layer, const Tensor& in, const Stretch& images, bool wide,
                          LayerWorkspace& lp, Workspace& work, const Compute& compute) {
    const auto rows = static_cast<std::size_t>(layer.forward.outputs);
    const auto depth = static_cast<std::size_t>(layer.forward.inputs);
    const std::size_t most_images = most_products / layer.positions();
    const auto add = layer.depthwise ? add_depthwise_gradient : add_gradient;
    if (wide) lp.wide_gradient.assign(layer.forward.size(), 0);
    if (images.first == images.last) std::fill_n(lp.gradient.begin(), layer.forward.size(), 0);
    for (std::size_t start = images.first; start < images.last; start += most_images) {
        for (Scratch& s : work.scratch) {
            s.gradient.assign((depth + 1) * rows, 0);
            s.input_sum.assign(lp.input_sum.size(), 0);
        }
        compute.threads.share(std::min(most_images, images.last - start), images_together(layer),
                              [&](std::size_t first, std::size_t last, int thread) {
                                  add(layer, lp.sum_delta, in, start + first, start + last,
                                      scratch_of(work, thread), compute.kernels);
                              });
        collect_gradient(lp, rows, depth, wide, layer.depthwise, work, compute);
    }
}

void dense_gradient(const Layer& layer, const Tensor& in, const Stretch& images, LayerWorkspace& lp,
                    Workspace& work, const Compute& compute) {
    const Kernels& k = compute.kernels;
    const auto rows = static_cast<std::size_t>(layer.forward.outputs);
    const auto depth = static_cast<std::size_t>(layer.forward.inputs);
    const std::size_t n = images.last - images.first;
    const auto count = static_cast<int>(n);
    if (n == 0) {
        std::fill_n(lp.gradient.begin(), rows * depth, 0);
        return;
    }
    Scratch& s = work.scratch[0];
    const Unsigned which = layer.unsigned_input ? Unsigned::packed : Unsigned::neither;
    ensure(s.packed, k.packed_bytes(layer.forward.inputs, count, which));
    compute.threads.share(2, 1, [&](std::size_t first, std::size_t last, int) {
        if (first == 0)
            k.pack(s.packed.data(), in.at(images.first), layer.forward.inputs, count, 1,
                   layer.forward.inputs, which);
        if (last == 2)
            transpose_deltas(lp.sum_delta.at(images.first), rows, n, s.transposed, lp.residual, k);
    });
    compute.threads.share(rows + 1, 16, [&](std::size_t first, std::size_t last, int) {
        k.product(lp.gradient.data() + first * depth, layer.forward.inputs,
                  s.transposed.data() + first * n, count, static_cast<int>(last - first),
                  s.packed.data(), layer.forward.inputs, count, which, false);
    });
    std::copy_n(lp.gradient.begin() + static_cast<std::ptrdiff_t>(rows * depth), depth,
                lp.input_sum.begin());
}

}  // namespace

void centre_gradient(const Layer& layer, std::size_t positions, std::size_t start,
                     std::size_t synapses, LayerWorkspace& lp, const Compute& compute) {
    if (layer.norm.mode == BatchNormMode::none || synapses == 0) return;
    const auto depth = static_cast<std::size_t>(layer.forward.inputs);
    const auto p = static_cast<std::int64_t>(positions);
    const std::size_t end = start + synapses, row = start / depth;
    compute.threads.share(
        (end - 1) / depth - row + 1, 16, [&](std::size_t first, std::size_t last, int) {
            for (std::size_t n = row + first; n < row + last; ++n) {
                // residual * 2^20 / P, so that the kernel multiplies and shifts.
                const std::int64_t mean = round_divide(lp.residual[n] * (1 << 20), p);
                const std::size_t from = std::max(start, n * depth);
                const std::size_t input = layer.depthwise ? from : from - n * depth;
                if (mean != 0)
                    compute.kernels.centre(lp.gradient.data() + from, lp.input_sum.data() + input,
                                           mean, std::min(end, (n + 1) * depth) - from);
            }
        });
}

void delta_at_sums(const Layer& layer, std::size_t index, const Tensor& out, Tensor& delta,
                   const DeltaFormat& format, Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    if (layer.norm.mode == BatchNormMode::none) {
        lp.sum_delta.resize(delta.count, delta.shape);
        lp.sum_delta.exponent = delta.exponent - lp.scale.shift;
        std::copy_n(delta.data.begin(), delta.size(), lp.sum_delta.data.begin());
        return;
    }
    const Tensor& x = layer.norm.mode == BatchNormMode::affine ? lp.normalised : out;
    const std::size_t rows = work.whole_count * layer.positions();
    lp.output_exponent = delta.exponent;
    sum_delta_moments(layer, x, delta, lp, work, compute);
    make_delta_tables(layer.norm, lp.deviations, lp.delta_moments, rows, lp.delta_tables);
    lp.sum_delta.resize(out.count, out.shape);
    ensure(work.wide_delta, out.size());
    const auto normalised = [&](std::size_t first, std::size_t last, int) {
        std::int32_t* wide = work.wide_delta.data() + first * out.item();
        compute.kernels.normalise_delta(wide, delta.at(first), x.at(first),
                                        (last - first) * layer.positions(), layer.forward.outputs,
                                        lp.delta_tables.view());
        return compute.kernels.largest(wide, (last - first) * out.item());
    };
    const std::uint32_t largest =
        compute.max_over_processes(compute.reduce<Reduce::max>(out.count, 1, normalised));
    narrow_deltas(work.wide_delta.data(), largest, lp.sum_delta,
                  delta.exponent + lp.delta_tables.exponent, format, lanes::delta_at_sums(index),
                  work, compute);
}

std::size_t images_together(const Layer& layer) {
    return std::max<std::size_t>(1, 256 / layer.positions());
}

bool sum_gradient(const Layer& layer, const Tensor& in, const Stretch& images, LayerWorkspace& lp,
                  Workspace& work, const Compute& compute) {
    lp.residual.assign(static_cast<std::size_t>(layer.forward.outputs), 0);
    lp.input_sum.assign(
        layer.depthwise ? layer.forward.size() : static_cast<std::size_t>(layer.forward.inputs), 0);
    const bool wide = work.whole_count > most_products / layer.positions();
    const bool at_once = layer.dense() && !wide;  // a row for the inputs' sums
    const std::size_t synapses = layer.forward.size();
    ensure(lp.gradient, synapses + (at_once ? lp.input_sum.size() : 0));
    if (at_once)
        dense_gradient(layer, in, images, lp, work, compute);
    else
        convolution_gradient(layer, in, images, wide, lp, work, compute);
    return wide;
}

void saturate_gradient(const Layer& layer, LayerWorkspace& lp) {
    for (std::size_t i = 0; i < layer.forward.size(); ++i)
        lp.gradient[i] = static_cast<std::int32_t>(
            saturate(lp.wide_gradient[i], std::numeric_limits<std::int32_t>::max()));
}

void gradient_sums(const Layer& layer, std::size_t index, const Tensor& in, Workspace& work,
                   const Compute& compute) {
    if (work.voting.voters != 0) return vote(layer, index, in, work, compute);
    LayerWorkspace& lp = work.layers[index];
    const std::size_t synapses = layer.forward.size();
    const bool wide = sum_gradient(layer, in, {0, in.count}, lp, work, compute);
    if (compute.processes)
        return start_exchange(index, synapses, wide, layer.norm.mode != BatchNormMode::none, work,
                              compute);
    if (wide) saturate_gradient(layer, lp);
    centre_gradient(layer, work.whole_count * layer.positions(), 0, synapses, lp, compute);
}

}  // namespace crossbar
