// Kernels are turned, from outputs x inputs to inputs x outputs, so that channels are neighbours.
#include "float/float_depthwise.hpp"

#include <algorithm>

#include "float/float_layer.hpp"
#include "float/float_windows.hpp"

namespace crossbar {
namespace {

std::size_t input_size(const FloatLayer& layer) {
    const Window& w = layer.window;
    return Shape{w.in_height, w.in_width, w.channels}.size();
}

// from[output][input] <-> to[input][output], each pair of places once.
template <typename Visit>
void each_turned(const FloatLayer& layer, const Visit& visit) {
    const auto outputs = static_cast<std::size_t>(layer.outputs);
    const auto inputs = static_cast<std::size_t>(layer.inputs);
    for (std::size_t o = 0; o < outputs; ++o)
        for (std::size_t i = 0; i < inputs; ++i)
            visit(o * inputs + i, i * outputs + o);
}

void turn(const FloatLayer& layer, const std::vector<float>& kernels, FloatLayerWorkspace& lp) {
    ensure(lp.turned, layer.size());
    each_turned(layer, [&](std::size_t from, std::size_t to) { lp.turned[to] = kernels[from]; });
}

// Calls image(n) for each image, of which the `item` values of `out` are 0.
template <typename Image>
void each_image(std::size_t count, float* out, std::size_t item, Threads& threads,
                const Image& image) {
    const std::size_t piece = float_piece(count);
    threads.share(count, piece, [&](std::size_t first, std::size_t last, int) {
        std::fill(out + first * item, out + last * item, 0.0f);
        for (std::size_t n = first; n < last; ++n)
            image(n);
    });
}

}  // namespace

void float_depthwise_sums(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                          const FloatWorkspace& work, Threads& threads) {
    turn(layer, layer.weights, lp);
    each_image(work.count, lp.sums.data(), layer.item(), threads, [&](std::size_t n) {
        float_depthwise(lp.sums.data() + n * layer.item(), in + n * input_size(layer),
                        lp.turned.data(), layer.window);
    });
}

void float_depthwise_gradient(const FloatLayer& layer, const float* in, FloatLayerWorkspace& lp,
                              const FloatWorkspace& work, Threads& threads) {
    const std::size_t size = layer.size(), piece = float_piece(work.count);
    const std::size_t pieces = (work.count + piece - 1) / piece;
    ensure(lp.partial, pieces * size);
    threads.share(work.count, piece, [&](std::size_t first, std::size_t last, int) {
        float* const partial = lp.partial.data() + first / piece * size;
        std::fill_n(partial, size, 0.0f);
        for (std::size_t n = first; n < last; ++n)
            float_depthwise_gradient(partial, lp.sum_delta.data() + n * layer.item(),
                                     in + n * input_size(layer), layer.window);
    });
    std::fill_n(lp.gradient.begin(), size, 0.0f);
    for (std::size_t p = 0; p < pieces; ++p)
        each_turned(layer, [&](std::size_t to, std::size_t from) {
            lp.gradient[to] += lp.partial[p * size + from];
        });
}

void float_depthwise_delta_below(const FloatLayer& layer, FloatLayerWorkspace& lp,
                                 std::vector<float>& delta, const FloatWorkspace& work,
                                 Threads& threads) {
    turn(layer, layer.feedback.empty() ? layer.weights : layer.feedback, lp);
    each_image(work.count, delta.data(), input_size(layer), threads, [&](std::size_t n) {
        float_depthwise_back(delta.data() + n * input_size(layer),
                             lp.sum_delta.data() + n * layer.item(), lp.turned.data(),
                             layer.window);
    });
}

}  // namespace crossbar
