// The stages of a float network, each kind forward and back.
#include "float/float_stage.hpp"

#include <algorithm>

#include "float/float_layer.hpp"
#include "float/float_windows.hpp"

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

}  // namespace

void float_forward_stage(const FloatNetwork& net, std::size_t i, Mode mode, FloatWorkspace& work,
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
        case StageKind::shortcut:
            return each_image([&](float* out, const float* from, std::size_t) {
                std::fill_n(out, out_size, 0.0f);
                each_shortcut_pixel(stage.window, stage.out.channels,
                                    [&](std::size_t above, std::size_t below) {
                                        std::copy_n(from + below, stage.in.channels, out + above);
                                    });
            });
    }
}

void float_backward_step(const FloatNetwork& net, const BackwardStep& step, FloatWorkspace& work,
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
        case StageKind::shortcut:
            unpool(stage, at(step.from), at(step.to), work, threads,
                   [&](float* image, const float* deltas, std::size_t) {
                       each_shortcut_pixel(stage.window, stage.out.channels,
                                           [&](std::size_t above, std::size_t below) {
                                               std::copy_n(deltas + above, stage.in.channels,
                                                           image + below);
                                           });
                   });
            break;
    }
    if (step.sum < 0) return;
    const Stage& input = net.stages[static_cast<std::size_t>(step.input)];
    each_stretch(work, input.out.size(), threads, [&](std::size_t k, std::size_t end) {
        for (float *sum = at(step.sum), *more = at(step.to); k < end; ++k)
            sum[k] += more[k];
    });
}

}  // namespace crossbar
