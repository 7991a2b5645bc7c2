// One batch through a float network and back: stages, loss, training step, evaluation.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "float/float_layer.hpp"
#include "float/float_network.hpp"
#include "float/float_products.hpp"
#include "float/float_windows.hpp"
#include "training/bn_calibration.hpp"

namespace crossbar {
namespace {

const float* output_of(const FloatWorkspace& work, int stage) {
    return stage < 0 ? work.input.data() : work.stages[static_cast<std::size_t>(stage)].out.data();
}

std::vector<float>& buffer(FloatWorkspace& work, int number) {
    return work.deltas[static_cast<std::size_t>(number)];
}

// Calls work(first, last) on stretches of the values of `size` an image.
template <typename Work>
void each_stretch(const FloatWorkspace& work, std::size_t size, Threads& threads,
                  const Work& stretch) {
    threads.share(
        work.count, float_piece(work.count),
        [&](std::size_t first, std::size_t last, int) { stretch(first * size, last * size); });
}

void layer_back(const FloatNetwork& net, const BackwardStep& step, FloatWorkspace& work,
                Threads& threads) {
    const Stage& stage = net.stages[static_cast<std::size_t>(step.stage)];
    const auto index = static_cast<std::size_t>(stage.layer);
    const FloatLayer& layer = net.layers[index];
    FloatLayerWorkspace& lp = work.layers[index];
    ensure(lp.sum_delta, work.count * layer.item());
    if (step.from >= 0) {
        const float* delta = buffer(work, step.from).data();
        if (layer.norm.mode == BatchNormMode::none)
            std::copy_n(delta, work.count * layer.item(), lp.sum_delta.data());
        else
            float_normalise_back(layer, delta, lp, work, threads);
    }
    if (layer.learns) float_gradient(layer, output_of(work, stage.inputs[0]), lp, work, threads);
    if (step.to >= 0) float_delta_below(layer, lp, buffer(work, step.to), work, threads);
}

// deltas(image, deltas above, n) adds those of image n to its input's.
template <typename Deltas>
void unpool(const Stage& stage, const float* above, float* below, const FloatWorkspace& work,
            Threads& threads, const Deltas& deltas) {
    const std::size_t in = stage.in.size(), out = stage.out.size();
    threads.share(work.count, float_piece(work.count),
                  [&](std::size_t first, std::size_t last, int) {
                      std::fill(below + first * in, below + last * in, 0.0f);
                      for (std::size_t n = first; n < last; ++n)
                          deltas(below + n * in, above + n * out, n);
                  });
}

void backward_step(const FloatNetwork& net, const BackwardStep& step, FloatWorkspace& work,
                   Threads& threads) {
    const Stage& stage = net.stages[static_cast<std::size_t>(step.stage)];
    const FloatStageWorkspace& sp = work.stages[static_cast<std::size_t>(step.stage)];
    const auto at = [&](int number) { return buffer(work, number).data(); };
    switch (stage.kind) {
        case StageKind::convolution:
            layer_back(net, step, work, threads);
            break;
        case StageKind::max_pool:
            unpool(stage, at(step.from), at(step.to), work, threads,
                   [&](float* image, const float* deltas, std::size_t n) {
                       const std::size_t out = stage.out.size();
                       for (std::size_t k = 0; k < out; ++k)
                           image[sp.which[n * out + k]] += deltas[k];
                   });
            break;
        case StageKind::average_pool:
            unpool(stage, at(step.from), at(step.to), work, threads,
                   [&](float* image, const float* deltas, std::size_t) {
                       float_average_unpool(image, deltas, stage.window);
                   });
            break;
        case StageKind::relu:
            each_stretch(work, stage.in.size(), threads, [&](std::size_t k, std::size_t end) {
                for (float* delta = at(step.to); k < end; ++k)
                    delta[k] = sp.out[k] > 0 ? delta[k] : 0.0f;
            });
            break;
        case StageKind::add:
            if (step.to != step.from)
                std::copy_n(at(step.from), work.count * stage.in.size(), at(step.to));
            break;
    }
    if (step.sum < 0) return;
    const Stage& input = net.stages[static_cast<std::size_t>(step.input)];
    each_stretch(work, input.out.size(), threads, [&](std::size_t k, std::size_t end) {
        for (float *sum = at(step.sum), *more = at(step.to); k < end; ++k)
            sum[k] += more[k];
    });
}

// Softmax of one image: loss and p - onehot.
Metrics softmax_delta(const float* logits, std::size_t classes, std::size_t label, float* delta) {
    const float* best = std::max_element(logits, logits + classes);
    double total = 0;
    for (std::size_t c = 0; c < classes; ++c)
        total += std::exp(double{logits[c]} - double{*best});
    if (delta)
        for (std::size_t c = 0; c < classes; ++c) {
            const double p = std::exp(double{logits[c]} - double{*best}) / total;
            delta[c] = static_cast<float>(p - (c == label ? 1.0 : 0.0));
        }
    const double loss = std::log(total) + double{*best} - double{logits[label]};
    // Of a network that diverged it may be no number, and sums of it shall stay within 64 bits.
    constexpr double most = 1e7;
    const double counted = loss < most ? loss : most;
    return {1, best != logits + label ? 1u : 0u, std::llround(counted * 65536)};
}

void layer_forward(const FloatNetwork& net, std::size_t i, const float* in, Mode mode,
                   FloatWorkspace& work, Threads& threads) {
    const auto index = static_cast<std::size_t>(net.stages[i].layer);
    const FloatLayer& layer = net.layers[index];
    FloatLayerWorkspace& lp = work.layers[index];
    float_sums(layer, in, lp, work, threads);
    if (i + 1 == net.stages.size()) return;  // the sums are the logits
    if (layer.norm.mode != BatchNormMode::none)
        float_normalise(layer, mode, lp, work.stages[i].out.data(), work, threads);
    else
        std::swap(work.stages[i].out, lp.sums);
}

void forward_stage(const FloatNetwork& net, std::size_t i, Mode mode, FloatWorkspace& work,
                   Threads& threads) {
    const Stage& stage = net.stages[i];
    FloatStageWorkspace& sp = work.stages[i];
    const float* in = output_of(work, stage.inputs[0]);
    const std::size_t in_size = stage.in.size(), out_size = stage.out.size();
    ensure(sp.out, work.count * out_size);
    const auto each_image = [&](const auto& image) {
        threads.share(work.count, float_piece(work.count),
                      [&](std::size_t first, std::size_t last, int) {
                          for (std::size_t n = first; n < last; ++n)
                              image(sp.out.data() + n * out_size, in + n * in_size, n);
                      });
    };
    switch (stage.kind) {
        case StageKind::convolution:
            return layer_forward(net, i, in, mode, work, threads);
        case StageKind::max_pool:
            ensure(sp.which, work.count * out_size);
            return each_image([&](float* out, const float* from, std::size_t n) {
                float_max_pool(out, sp.which.data() + n * out_size, from, stage.window);
            });
        case StageKind::average_pool:
            return each_image([&](float* out, const float* from, std::size_t) {
                float_average_pool(out, from, stage.window);
            });
        case StageKind::relu:
            return each_stretch(work, out_size, threads, [&](std::size_t k, std::size_t end) {
                for (; k < end; ++k)
                    sp.out[k] = std::max(in[k], 0.0f);
            });
        case StageKind::add:
            return each_stretch(work, out_size, threads, [&](std::size_t k, std::size_t end) {
                for (const float* other = output_of(work, stage.inputs[1]); k < end; ++k)
                    sp.out[k] = in[k] + other[k];
            });
    }
}

}  // namespace

FloatWorkspace make_float_workspace(const FloatNetwork& net, const Threads& threads) {
    FloatWorkspace work;
    work.stages.resize(net.stages.size());
    work.layers.resize(net.layers.size());
    work.backward = plan_backward(net.stages);
    work.deltas.resize(work.backward.buffers.size());
    work.patches.resize(static_cast<std::size_t>(threads.count()));
    return work;
}

void float_load(const FloatNetwork& net, const Dataset& data, std::span<const std::uint32_t> images,
                FloatWorkspace& work, Threads& threads) {
    check_images(data, images, net.input, net.classes);
    const std::size_t size = net.input.size();
    work.count = images.size();
    ensure(work.input, images.size() * size);
    work.labels.resize(images.size());
    threads.share(images.size(), 8, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            const std::span<const std::uint8_t> pixels = data.image(images[i]);
            for (std::size_t p = 0; p < size; ++p)
                work.input[i * size + p] = static_cast<float>(pixels[p]) / 255;
            work.labels[i] = data.labels[images[i]];
        }
    });
}

void float_forward(const FloatNetwork& net, Mode mode, FloatWorkspace& work, Threads& threads) {
    for (std::size_t i = 0; i < net.stages.size(); ++i)
        forward_stage(net, i, mode, work, threads);
}

Metrics float_backward(const FloatNetwork& net, FloatWorkspace& work, Threads& threads) {
    const auto classes = static_cast<std::size_t>(net.classes);
    FloatLayerWorkspace& last = work.layers.back();
    ensure(last.sum_delta, work.count * classes);
    Metrics metrics;
    for (std::size_t i = 0; i < work.count; ++i)
        metrics += softmax_delta(last.sums.data() + i * classes, classes, work.labels[i],
                                 last.sum_delta.data() + i * classes);
    for (std::size_t b = 0; b < work.deltas.size(); ++b)
        ensure(work.deltas[b], work.count * work.backward.buffers[b]);
    for (const BackwardStep& step : work.backward.steps)
        backward_step(net, step, work, threads);
    return metrics;
}

Metrics float_train_step(FloatNetwork& net, const Plan& plan, int epoch, std::uint64_t step,
                         const Dataset& data, std::span<const std::uint32_t> images,
                         FloatWorkspace& work, const Compute& compute) {
    float_load(net, data, images, work, compute.threads);
    float_forward(net, Mode::train, work, compute.threads);
    const Metrics metrics = float_backward(net, work, compute.threads);
    float_update(net, plan, epoch, step, work, compute);
    return metrics;
}

void float_calibrate_bn(FloatNetwork& net, const Plan& plan, const Dataset& train,
                        FloatWorkspace& work, const Compute& compute) {
    if (plan.bn_images == 0 || plan.bn == BatchNormMode::none) return;
    const std::vector<std::uint32_t> images = statistics_images(plan, train.count());
    const std::size_t batch = std::min(static_cast<std::size_t>(plan.batch), images.size());
    for (std::size_t first = 0, n = 1; first < images.size(); first += batch, ++n) {
        float_load(net, train, std::span(images).subspan(first, batch), work, compute.threads);
        float_forward(net, Mode::train, work, compute.threads);
        for (std::size_t i = 0; i < net.layers.size(); ++i)
            if (net.layers[i].norm.mode != BatchNormMode::none)
                float_blend(net.layers[i].norm, work.layers[i], 1.0f / static_cast<float>(n));
    }
}

Evaluation float_evaluate(const FloatNetwork& net, const Dataset& data, FloatWorkspace& work,
                          const Compute& compute) {
    constexpr std::size_t batch = 200;
    const auto classes = static_cast<std::size_t>(net.classes);
    Evaluation result{{}, std::vector<std::uint64_t>(classes * classes, 0)};
    std::vector<std::uint32_t> images;
    for (std::size_t first = 0; first < data.count(); first += batch) {
        images.resize(std::min(batch, data.count() - first));
        std::iota(images.begin(), images.end(), static_cast<std::uint32_t>(first));
        float_load(net, data, images, work, compute.threads);
        float_forward(net, Mode::infer, work, compute.threads);
        for (std::size_t i = 0; i < images.size(); ++i) {
            const float* logits = work.layers.back().sums.data() + i * classes;
            result.metrics += softmax_delta(logits, classes, work.labels[i], nullptr);
            const auto guess =
                static_cast<std::size_t>(std::max_element(logits, logits + classes) - logits);
            ++result.confusion[work.labels[i] * classes + guess];
        }
    }
    return result;
}

const char* float_products_name() {
    return float_products().name;
}

}  // namespace crossbar
