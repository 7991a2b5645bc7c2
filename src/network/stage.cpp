// Stages without synapses, and which function does what for which kind.
#include "network/stage.hpp"

#include <algorithm>

#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

// Values of a map that a thread takes at a time.
constexpr std::size_t stage_piece = 8192;

Tensor& buffer(Workspace& work, int number) {
    return work.deltas[static_cast<std::size_t>(number)];
}

void relu(const Tensor& in, Tensor& out, const Compute& compute) {
    out.exponent = in.exponent;
    compute.threads.share(in.count, 1, [&](std::size_t first, std::size_t last, int) {
        compute.kernels.relu(out.at(first), in.at(first), (last - first) * in.item());
    });
}

void relu_back(const Tensor& out, Tensor& delta, const Compute& compute) {
    compute.threads.share(out.count, 1, [&](std::size_t first, std::size_t last, int) {
        compute.kernels.relu_mask(delta.at(first), out.at(first), (last - first) * out.item());
    });
}

void max_pool(const Window& window, const Tensor& in, StageWorkspace& sp, const Compute& compute) {
    sp.out.exponent = in.exponent;
    ensure(sp.which, sp.out.size());
    compute.threads.share(in.count, 1, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i)
            compute.kernels.max_pool(sp.out.at(i), sp.which.data() + i * sp.out.item(), in.at(i),
                                     window);
    });
}

void average_pool(const Window& window, const Tensor& in, Tensor& out, const Compute& compute) {
    out.exponent = in.exponent;
    compute.threads.share(in.count, 1, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i)
            compute.kernels.average_pool(out.at(i), in.at(i), window);
    });
}

// wide(first, last) fills those images of work.wide_delta, which become `out`.
template <typename Wide>
void narrowed(const Wide& wide, Tensor& out, int exponent, const DeltaFormat& format,
              std::uint32_t lane, Workspace& work, const Compute& compute) {
    ensure(work.wide_delta, out.size());
    const auto fill = [&](std::size_t first, std::size_t last, int) {
        std::int32_t* const images = work.wide_delta.data() + first * out.item();
        wide(images, first, last);
        return compute.kernels.largest(images, (last - first) * out.item());
    };
    const std::uint32_t largest =
        compute.max_over_processes(compute.reduce<Reduce::max>(work.count, 1, fill));
    narrow_deltas(work.wide_delta.data(), largest, out, exponent, format, lane, work, compute);
}

// Deltas at a pool's output -> at its input, where pixels have several windows: shares are added.
template <typename Unpool>
void unpool(const Unpool& image, const Tensor& from, Tensor& to, int exponent, std::size_t stage,
            const DeltaFormat& format, Workspace& work, const Compute& compute) {
    const auto images = [&](std::int32_t* wide, std::size_t first, std::size_t last) {
        std::fill_n(wide, (last - first) * to.item(), 0);
        for (std::size_t i = first; i < last; ++i, wide += to.item())
            image(wide, from.at(i), i);
    };
    narrowed(images, to, exponent, format, lanes::delta_below_stage(stage), work, compute);
}

void max_pool_back(const Window& w, std::size_t stage, const Tensor& from, Tensor& to,
                   const DeltaFormat& format, Workspace& work, const Compute& compute) {
    const Kernels& k = compute.kernels;
    to.resize(work.count, {w.in_height, w.in_width, w.channels});
    const auto which = [&](std::size_t i) {
        return work.stages[stage].which.data() + i * from.item();
    };
    if (w.stride < w.kernel_height || w.stride < w.kernel_width)
        return unpool([&](std::int32_t* image, const std::int8_t* deltas,
                          std::size_t i) { k.max_unpool_add(image, deltas, which(i), w); },
                      from, to, from.exponent, stage, format, work, compute);
    // No pixel has two windows: deltas move, nothing is added, nothing needs narrowing.
    to.exponent = from.exponent;
    compute.threads.share(work.count, 1, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i)
            k.max_unpool_scatter(to.at(i), from.at(i), which(i), w);
    });
}

void average_pool_back(const Window& w, std::size_t stage, const Tensor& from, Tensor& to,
                       const DeltaFormat& format, Workspace& work, const Compute& compute) {
    to.resize(work.count, {w.in_height, w.in_width, w.channels});
    // Weights have 8 fractional bits.
    unpool([&](std::int32_t* image, const std::int8_t* deltas,
               std::size_t) { compute.kernels.average_unpool(image, deltas, w); },
           from, to, from.exponent - 8, stage, format, work, compute);
}

// docs/arithmetic.md, section 6.
void add(const Tensor& a, const Tensor& b, int raise, int top, Tensor& out,
         const Compute& compute) {
    const Tensor &coarse = a.exponent < b.exponent ? b : a, &fine = &coarse == &a ? b : a;
    const int shift = std::min(coarse.exponent - fine.exponent, 8);
    out.exponent = coarse.exponent + raise;
    compute.threads.share(out.size(), stage_piece, [&](std::size_t first, std::size_t last, int) {
        compute.kernels.narrow_sum(out.data.data() + first, coarse.data.data() + first,
                                   fine.data.data() + first, last - first, shift, shift + raise,
                                   top, nullptr);
    });
}

// The delta passes as it is; its unit is that of a level of the input.
void add_back(const Tensor& in, const Tensor& out, const Tensor& from, Tensor& to) {
    const int exponent = from.exponent + in.exponent - out.exponent;
    if (&to != &from) {
        to.resize(from.count, from.shape);
        std::copy_n(from.data.data(), from.size(), to.data.data());
    }
    to.exponent = exponent;
}

// Pixels that the stride meets, and zeros for maps that the input does not have: no arithmetic.
void shortcut(const Window& w, const Tensor& in, Tensor& out, const Compute& compute) {
    out.exponent = in.exponent;
    const auto channels = static_cast<std::size_t>(w.channels);
    compute.threads.share(in.count, 1, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            std::fill_n(out.at(i), out.item(), std::int8_t{0});
            each_shortcut_pixel(w, out.shape.channels, [&](std::size_t above, std::size_t below) {
                std::copy_n(in.at(i) + below, channels, out.at(i) + above);
            });
        }
    });
}

void shortcut_back(const Window& w, const Tensor& from, Tensor& to, const Compute& compute) {
    to.resize(from.count, {w.in_height, w.in_width, w.channels});
    to.exponent = from.exponent;
    const auto channels = static_cast<std::size_t>(w.channels);
    compute.threads.share(from.count, 1, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            std::fill_n(to.at(i), to.item(), std::int8_t{0});
            each_shortcut_pixel(w, from.shape.channels, [&](std::size_t above, std::size_t below) {
                std::copy_n(from.at(i) + above, channels, to.at(i) + below);
            });
        }
    });
}

void layer_forward(const Network& net, std::size_t i, const Tensor& in, Workspace& work,
                   const Compute& compute) {
    const auto index = static_cast<std::size_t>(net.stages[i].layer);
    const Layer& layer = net.layers[index];
    train_sums(layer, index, in, work, compute);
    if (i + 1 < net.stages.size())
        activate(layer, work.layers[index].activation, index, in, work.stages[i].out, work,
                 compute);
}

void layer_forward(const DeployedNetwork& net, std::size_t i, const Tensor& in, Workspace& work,
                   const Compute& compute) {
    const auto index = static_cast<std::size_t>(net.stages[i].layer);
    const DeployedLayer& layer = net.layers[index];
    forward_sums(*layer.crossbar, index, in, false, work, compute);
    if (i + 1 < net.stages.size())
        activate(*layer.crossbar, layer.activation, index, in, work.stages[i].out, work, compute);
}

template <typename AnyNetwork>
void any_forward_stage(const AnyNetwork& net, std::size_t i, Workspace& work,
                       const Compute& compute) {
    const Stage& stage = net.stages[i];
    const Tensor& in = work.output(stage.inputs[0]);
    StageWorkspace& sp = work.stages[i];
    sp.out.resize(work.count, stage.out);
    switch (stage.kind) {
        case StageKind::convolution:
            return layer_forward(net, i, in, work, compute);
        case StageKind::max_pool:
            return max_pool(stage.window, in, sp, compute);
        case StageKind::average_pool:
            return average_pool(stage.window, in, sp.out, compute);
        case StageKind::relu:
            return relu(in, sp.out, compute);
        case StageKind::add:
            return add(in, work.output(stage.inputs[1]), stage.raise, net.input_top, sp.out,
                       compute);
        case StageKind::shortcut:
            return shortcut(stage.window, in, sp.out, compute);
    }
}
void layer_back(const Network& net, const BackwardStep& step, const DeltaFormat& format,
                Workspace& work, const Compute& compute) {
    const Stage& stage = net.stages[static_cast<std::size_t>(step.stage)];
    const auto index = static_cast<std::size_t>(stage.layer);
    const Layer& layer = net.layers[index];
    if (step.from >= 0)
        delta_at_sums(layer, index, work.output(step.stage), buffer(work, step.from), format, work,
                      compute);
    if (layer.learns) gradient_sums(layer, index, work.output(stage.inputs[0]), work, compute);
    if (step.to >= 0) delta_below(layer, index, buffer(work, step.to), format, work, compute);
}

// sum += more, their exponents aligned: docs/arithmetic.md, section 8.
void add_delta(Tensor& sum, const Tensor& more, std::uint32_t lane, const DeltaFormat& format,
               Workspace& work, const Compute& compute) {
    constexpr int most_shift = 16;
    const bool below = more.exponent < sum.exponent;
    const Tensor &coarse = below ? sum : more, &fine = below ? more : sum;
    const int shift = coarse.exponent - fine.exponent;
    if (shift > most_shift) {
        // Next to any level of the coarse one, the fine one is nothing.
        const auto* end = coarse.data.data() + coarse.size();
        const bool any = compute.max_over_processes(
            std::any_of(coarse.data.data(), end, [](auto d) { return d != 0; }) ? 1 : 0);
        const Tensor& all = any ? coarse : fine;
        if (&all == &sum) return;
        sum.exponent = all.exponent;
        std::copy_n(all.data.data(), all.size(), sum.data.data());
        return;
    }
    const std::int8_t *const a = coarse.data.data(), *const b = fine.data.data();
    const auto largest = [&](std::size_t first, std::size_t last, int) {
        return compute.kernels.largest_sum(a + first, b + first, last - first, shift);
    };
    const std::uint32_t all =
        compute.max_over_processes(compute.reduce<Reduce::max>(sum.size(), stage_piece, largest));
    const int exponent = fine.exponent;
    narrow_pieces(sum, all, exponent, format, lane, work, compute,
                  [&](std::size_t first, std::size_t n, int down, const std::uint16_t* random) {
                      compute.kernels.narrow_sum(sum.data.data() + first, a + first, b + first, n,
                                                 shift, down, format.top, random);
                  });
}

}  // namespace

void forward_stage(const Network& net, std::size_t i, Workspace& work, const Compute& compute) {
    any_forward_stage(net, i, work, compute);
}

void forward_stage(const DeployedNetwork& net, std::size_t i, Workspace& work,
                   const Compute& compute) {
    any_forward_stage(net, i, work, compute);
}

void backward_step(const Network& net, std::size_t n, const DeltaFormat& format, Workspace& work,
                   const Compute& compute) {
    const BackwardStep& step = work.backward.steps[n];
    const auto i = static_cast<std::size_t>(step.stage);
    const Stage& stage = net.stages[i];
    const Window& w = stage.window;
    const auto at = [&](int number) -> Tensor& { return buffer(work, number); };
    switch (stage.kind) {
        case StageKind::convolution:
            layer_back(net, step, format, work, compute);
            break;
        case StageKind::max_pool:
            max_pool_back(w, i, at(step.from), at(step.to), format, work, compute);
            break;
        case StageKind::average_pool:
            average_pool_back(w, i, at(step.from), at(step.to), format, work, compute);
            break;
        case StageKind::relu:
            relu_back(work.stages[i].out, at(step.to), compute);
            break;
        case StageKind::add:
            add_back(work.output(step.input), work.stages[i].out, at(step.from), at(step.to));
            break;
        case StageKind::shortcut:
            shortcut_back(w, at(step.from), at(step.to), compute);
            break;
    }
    sum_deltas(n, format, work, compute);
}

void sum_deltas(std::size_t n, const DeltaFormat& format, Workspace& work, const Compute& compute) {
    const BackwardStep& step = work.backward.steps[n];
    if (step.sum >= 0)
        add_delta(buffer(work, step.sum), buffer(work, step.to), lanes::delta_sum(n), format, work,
                  compute);
}

}  // namespace crossbar
