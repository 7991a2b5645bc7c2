// One batch through a float network and back: loss, training step, evaluation.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "float/float_buffers.hpp"
#include "float/float_layer.hpp"
#include "float/float_products.hpp"
#include "float/float_stage.hpp"
#include "training/bn_calibration.hpp"

namespace crossbar {
namespace {

// Softmax of one image: loss and p - onehot.
Metrics softmax_delta(const float* logits, std::size_t classes, std::size_t label, double smoothing,
                      float* delta) {
    const float* best = std::max_element(logits, logits + classes);
    double total = 0;
    for (std::size_t c = 0; c < classes; ++c)
        total += std::exp(double{logits[c]} - double{*best});
    const double alike = smoothing / static_cast<double>(classes);
    if (delta)
        for (std::size_t c = 0; c < classes; ++c) {
            const double p = std::exp(double{logits[c]} - double{*best}) / total;
            delta[c] = static_cast<float>(p - (c == label ? 1.0 - smoothing + alike : alike));
        }
    const double loss = std::log(total) + double{*best} - double{logits[label]};
    // Of a network that diverged it may be no number, and sums of it shall stay within 64 bits.
    constexpr double most = 1e7;
    const double counted = loss < most ? loss : most;
    return {1, best != logits + label ? 1u : 0u, std::llround(counted * 65536)};
}

}  // namespace

FloatWorkspace make_float_workspace(const FloatNetwork& net, int threads) {
    FloatWorkspace work;
    work.stages.resize(net.stages.size());
    work.layers.resize(net.layers.size());
    work.backward = plan_backward(net.stages);
    work.deltas.resize(work.backward.buffers.size());
    work.patches.resize(static_cast<std::size_t>(threads));
    return work;
}

void float_load(const FloatNetwork& net, const Dataset& data, std::span<const std::uint32_t> images,
                FloatWorkspace& work, Threads& threads, const EpochView& view) {
    check_images(data, images, net.input, net.classes);
    check_augmentation(view.how, net.input);
    const std::size_t size = net.input.size();
    work.count = images.size();
    ensure(work.input, images.size() * size);
    work.labels.resize(images.size());
    threads.share(images.size(), 8, [&](std::size_t first, std::size_t last, int) {
        std::vector<std::uint8_t> room(view.how.any() ? size : 0);
        for (std::size_t i = first; i < last; ++i) {
            const std::uint8_t* pixels = seen_image(data, images[i], view, room.data());
            for (std::size_t p = 0; p < size; ++p)
                work.input[i * size + p] = static_cast<float>(pixels[p]) / 255;
            work.labels[i] = data.labels[images[i]];
        }
    });
}

void float_forward(const FloatNetwork& net, Mode mode, FloatWorkspace& work, Threads& threads) {
    for (std::size_t i = 0; i < net.stages.size(); ++i)
        float_forward_stage(net, i, mode, work, threads);
}

Metrics float_backward(const FloatNetwork& net, FloatWorkspace& work, Threads& threads) {
    const auto classes = static_cast<std::size_t>(net.classes);
    FloatLayerWorkspace& last = work.layers.back();
    ensure(last.sum_delta, work.count * classes);
    Metrics metrics;
    for (std::size_t i = 0; i < work.count; ++i)
        metrics += softmax_delta(last.sums.data() + i * classes, classes, work.labels[i],
                                 work.smoothing, last.sum_delta.data() + i * classes);
    for (std::size_t b = 0; b < work.deltas.size(); ++b)
        ensure(work.deltas[b], work.count * work.backward.buffers[b]);
    for (const BackwardStep& step : work.backward.steps)
        float_backward_step(net, step, work, threads);
    return metrics;
}

Metrics float_train_step(FloatNetwork& net, const Plan& plan, int epoch, std::uint64_t step,
                         const Dataset& data, std::span<const std::uint32_t> images,
                         FloatWorkspace& work, const Compute& compute) {
    float_load(net, data, images, work, compute.threads, {plan.augmentation, plan.seed, epoch});
    make_float_room(net, images.size(), work);
    work.smoothing = static_cast<double>(plan.label_smoothing) / 1073741824.0;
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
                float_blend(net.layers[i].norm.tested, work.layers[i],
                            1.0f / static_cast<float>(n));
    }
}

Evaluation float_evaluate(const FloatNetwork& net, const Dataset& data, FloatWorkspace& work,
                          const Compute& compute, bool keep_logits) {
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
            if (keep_logits)
                result.float_logits.insert(result.float_logits.end(), logits, logits + classes);
            result.metrics += softmax_delta(logits, classes, work.labels[i], 0, nullptr);
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
