// One batch through a float network and back: stages, loss, training step, evaluation.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "crossbar/float_baseline.hpp"
#include "crossbar/statistics.hpp"
#include "float_baseline_layer.hpp"
#include "float_baseline_products.hpp"
#include "float_baseline_windows.hpp"

namespace crossbar {
namespace {

const float* input_of(const FloatPass& pass, std::size_t stage) {
    return stage == 0 ? pass.input.data() : pass.stages[stage - 1].out.data();
}

void layer_back(const FloatNetwork& net, std::size_t stage, bool need_below, FloatPass& pass,
                Threads& threads) {
    const auto index = static_cast<std::size_t>(net.stages[stage].layer);
    const FloatLayer& layer = net.layers[index];
    FloatLayerPass& lp = pass.layers[index];
    ensure(lp.sum_error, pass.count * layer.item());
    if (stage + 1 < net.stages.size()) {
        if (layer.norm.mode == BatchNormMode::none)
            std::swap(lp.sum_error, pass.stages[stage].error);
        else
            float_normalise_back(layer, pass.stages[stage].error.data(), lp, pass, threads);
    }
    if (layer.learns) float_gradient(layer, input_of(pass, stage), lp, pass, threads);
    if (need_below) float_error_below(layer, lp, pass.stages[stage - 1].error, pass, threads);
}

void unpool(const Stage& stage, const FloatStagePass& sp, float* below, FloatPass& pass,
            Threads& threads) {
    const std::size_t in = stage.in.size(), out = stage.out.size();
    threads.share(pass.count, float_piece(pass.count),
                  [&](std::size_t first, std::size_t last, int) {
                      std::fill(below + first * in, below + last * in, 0.0f);
                      for (std::size_t i = first; i < last; ++i) {
                          const float* errors = sp.error.data() + i * out;
                          float* image = below + i * in;
                          if (stage.kind == StageKind::average_pool) {
                              float_average_unpool(image, errors, stage.window);
                              continue;
                          }
                          const std::int32_t* which = sp.which.data() + i * out;
                          for (std::size_t k = 0; k < out; ++k)
                              image[which[k]] += errors[k];
                      }
                  });
}

void stage_back(const FloatNetwork& net, std::size_t i, bool need_below, FloatPass& pass,
                Threads& threads) {
    const Stage& stage = net.stages[i];
    FloatStagePass& sp = pass.stages[i];
    if (stage.kind == StageKind::convolution) return layer_back(net, i, need_below, pass, threads);
    if (!need_below) return;
    std::vector<float>& below = pass.stages[i - 1].error;
    ensure(below, pass.count * stage.in.size());
    if (stage.kind != StageKind::relu) return unpool(stage, sp, below.data(), pass, threads);
    std::swap(below, sp.error);
    threads.share(pass.count, float_piece(pass.count),
                  [&](std::size_t first, std::size_t last, int) {
                      for (std::size_t k = first * stage.in.size(); k < last * stage.in.size(); ++k)
                          below[k] = sp.out[k] > 0 ? below[k] : 0.0f;
                  });
}

// Softmax of one image: loss and p - onehot.
Tally softmax_error(const float* logits, std::size_t classes, std::size_t label, float* error) {
    const float* best = std::max_element(logits, logits + classes);
    double total = 0;
    for (std::size_t c = 0; c < classes; ++c)
        total += std::exp(double{logits[c]} - double{*best});
    if (error)
        for (std::size_t c = 0; c < classes; ++c) {
            const double p = std::exp(double{logits[c]} - double{*best}) / total;
            error[c] = static_cast<float>(p - (c == label ? 1.0 : 0.0));
        }
    const double loss = std::log(total) + double{*best} - double{logits[label]};
    // Of a network that diverged it may be no number, and sums of it shall stay within 64 bits.
    constexpr double most = 1e7;
    const double counted = loss < most ? loss : most;
    return {1, best != logits + label ? 1u : 0u, std::llround(counted * 65536)};
}

void run_stage(const FloatNetwork& net, std::size_t i, Mode mode, FloatPass& pass,
               Threads& threads) {
    const Stage& stage = net.stages[i];
    FloatStagePass& sp = pass.stages[i];
    const float* in = input_of(pass, i);
    const std::size_t in_size = stage.in.size(), out_size = stage.out.size();
    ensure(sp.out, pass.count * out_size);
    if (stage.kind == StageKind::convolution) {
        const auto index = static_cast<std::size_t>(stage.layer);
        const FloatLayer& layer = net.layers[index];
        FloatLayerPass& lp = pass.layers[index];
        float_sums(layer, in, lp, pass, threads);
        if (i + 1 == net.stages.size()) return;  // the sums are the logits
        if (layer.norm.mode != BatchNormMode::none)
            float_normalise(layer, mode, lp, sp.out.data(), pass, threads);
        else
            std::swap(sp.out, lp.sums);
        return;
    }
    if (stage.kind == StageKind::max_pool) ensure(sp.which, pass.count * out_size);
    threads.share(
        pass.count, float_piece(pass.count), [&](std::size_t first, std::size_t last, int) {
            for (std::size_t n = first; n < last; ++n) {
                float* out = sp.out.data() + n * out_size;
                const float* from = in + n * in_size;
                if (stage.kind == StageKind::max_pool)
                    float_max_pool(out, sp.which.data() + n * out_size, from, stage.window);
                else if (stage.kind == StageKind::average_pool)
                    float_average_pool(out, from, stage.window);
                else
                    for (std::size_t k = 0; k < out_size; ++k)
                        out[k] = std::max(from[k], 0.0f);
            }
        });
}

}  // namespace

FloatPass make_float_pass(const FloatNetwork& net, const Threads& threads) {
    FloatPass pass;
    pass.stages.resize(net.stages.size());
    pass.layers.resize(net.layers.size());
    pass.patches.resize(static_cast<std::size_t>(threads.count()));
    return pass;
}

void float_load(const FloatNetwork& net, const Dataset& data, std::span<const std::uint32_t> images,
                FloatPass& pass, Threads& threads) {
    check_images(data, images, net.input, net.classes);
    const std::size_t size = net.input.size();
    pass.count = images.size();
    ensure(pass.input, images.size() * size);
    pass.labels.resize(images.size());
    threads.share(images.size(), 8, [&](std::size_t first, std::size_t last, int) {
        for (std::size_t i = first; i < last; ++i) {
            const std::span<const std::uint8_t> pixels = data.image(images[i]);
            for (std::size_t p = 0; p < size; ++p)
                pass.input[i * size + p] = static_cast<float>(pixels[p]) / 255;
            pass.labels[i] = data.labels[images[i]];
        }
    });
}

void float_forward(const FloatNetwork& net, Mode mode, FloatPass& pass, Threads& threads) {
    for (std::size_t i = 0; i < net.stages.size(); ++i)
        run_stage(net, i, mode, pass, threads);
}

Tally float_backward(const FloatNetwork& net, FloatPass& pass, Threads& threads) {
    const auto classes = static_cast<std::size_t>(net.classes);
    FloatLayerPass& last = pass.layers.back();
    ensure(last.sum_error, pass.count * classes);
    Tally tally;
    for (std::size_t i = 0; i < pass.count; ++i)
        tally.add(softmax_error(last.sums.data() + i * classes, classes, pass.labels[i],
                                last.sum_error.data() + i * classes));
    // Below the lowest layer that learns nobody needs an error.
    std::size_t lowest = net.stages.size() - 1;
    for (std::size_t i = net.stages.size(); i-- > 0;)
        if (net.stages[i].layer >= 0 &&
            net.layers[static_cast<std::size_t>(net.stages[i].layer)].learns)
            lowest = i;
    for (std::size_t i = net.stages.size(); i-- > lowest;)
        stage_back(net, i, i > lowest, pass, threads);
    return tally;
}

Tally float_train_step(FloatNetwork& net, const Plan& plan, int epoch, std::uint64_t step,
                       const Dataset& data, std::span<const std::uint32_t> images, FloatPass& pass,
                       const Compute& compute) {
    float_load(net, data, images, pass, compute.threads);
    float_forward(net, Mode::train, pass, compute.threads);
    const Tally tally = float_backward(net, pass, compute.threads);
    float_update(net, plan, epoch, step, pass, compute);
    return tally;
}

void float_take_statistics(FloatNetwork& net, const Plan& plan, const Dataset& train,
                           FloatPass& pass, const Compute& compute) {
    if (plan.bn_images == 0 || plan.bn == BatchNormMode::none) return;
    const std::vector<std::uint32_t> images = statistics_images(plan, train.count());
    const std::size_t batch = std::min(static_cast<std::size_t>(plan.batch), images.size());
    for (std::size_t first = 0, n = 1; first < images.size(); first += batch, ++n) {
        float_load(net, train, std::span(images).subspan(first, batch), pass, compute.threads);
        float_forward(net, Mode::train, pass, compute.threads);
        for (std::size_t i = 0; i < net.layers.size(); ++i)
            if (net.layers[i].norm.mode != BatchNormMode::none)
                float_blend(net.layers[i].norm, pass.layers[i], 1.0f / static_cast<float>(n));
    }
}

Evaluation float_evaluate(const FloatNetwork& net, const Dataset& data, FloatPass& pass,
                          const Compute& compute) {
    constexpr std::size_t batch = 200;
    const auto classes = static_cast<std::size_t>(net.classes);
    Evaluation result{{}, std::vector<std::uint64_t>(classes * classes, 0)};
    std::vector<std::uint32_t> images;
    for (std::size_t first = 0; first < data.count(); first += batch) {
        images.resize(std::min(batch, data.count() - first));
        std::iota(images.begin(), images.end(), static_cast<std::uint32_t>(first));
        float_load(net, data, images, pass, compute.threads);
        float_forward(net, Mode::infer, pass, compute.threads);
        for (std::size_t i = 0; i < images.size(); ++i) {
            const float* logits = pass.layers.back().sums.data() + i * classes;
            result.tally.add(softmax_error(logits, classes, pass.labels[i], nullptr));
            const auto guess =
                static_cast<std::size_t>(std::max_element(logits, logits + classes) - logits);
            ++result.confusion[pass.labels[i] * classes + guess];
        }
    }
    return result;
}

const char* float_products_name() {
    return float_products().name;
}

}  // namespace crossbar
