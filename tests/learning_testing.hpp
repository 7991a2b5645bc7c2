// What the tests of learning share: small networks, random data, one batch forward and back.
#pragma once

#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/parallel.hpp"
#include "data/dataset.hpp"
#include "kernels/kernels.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"
#include "training/trainer.hpp"

namespace learning_testing {

using namespace crossbar;

// Every kind of stage; windows that overlap, are padded and hang over. On 6x6x2, 3 classes.
inline const std::string every_stage =
    "conv 3x3x4 pad 1, bn, max 3x3/2, relu, conv 2x2x5 pad 1, bn, avg 3x3/2, relu, fc 6, bn, relu, "
    "fc 3";
// No chain: one stage has two readers, another three. On the same.
inline const std::string residual =
    "conv 3x3x4 pad 1, bn, relu as a, conv 3x3x4 pad 1, bn, add a, relu as b, conv 3x3x4 pad 1, "
    "bn, add b, add a, max 2x2/2, relu, fc 6, bn, relu, fc 3";
// Repeats, a projection, a shortcut without synapses, and the mean of all. On the same.
inline const std::string deep =
    "conv 3x3x4 pad 1, bn, relu, 2 x [relu as a, conv 3x3x4 pad 1, bn, relu, conv 3x3x4 pad 1, bn, "
    "add a], relu as a, conv 3x3x6/2 pad 1, bn, relu, conv 3x3x6 pad 1, bn as b, conv 1x1x6/2 from "
    "a, bn, add b, relu as a, conv 3x3x8/2 pad 1, bn as b, shortcut 8/2 from a, add b, relu, avg "
    "all, fc 3";
// Depthwise convolutions with a stride, on windows that hang over, and as the last window. On the
// same.
inline const std::string separable =
    "conv 3x3x4 pad 1, bn, relu, dwconv 3x3/2 pad 1, bn, relu, conv 1x1x9, bn, relu, dwconv 2x2 "
    "pad 1, bn, relu, dwconv 4x4, bn, relu, fc 3";
inline const Shape small_input{6, 6, 2};

inline Settings settings_of(const std::string& rule, const std::string& feedback,
                            BatchNormMode bn = BatchNormMode::plain, int weight_bits = 8) {
    Settings s;
    s.rule = rule;
    s.feedback = feedback;
    s.bn = bn;
    s.weight_bits = weight_bits;
    s.batch = 8;
    if (rule == "sgd") s.rate = 0.05;
    if (rule == "bm4") s.quorum = {3};
    return s;
}

// Noise with random labels.
inline Dataset noise(const Shape& shape, int classes, std::size_t count, unsigned seed = 1) {
    std::mt19937 source(seed);
    Dataset data{shape, classes, {}, {}};
    for (std::size_t i = 0; i < count * shape.size(); ++i)
        data.pixels.push_back(static_cast<std::uint8_t>(source() >> 24));
    for (std::size_t i = 0; i < count; ++i)
        data.labels.push_back(
            static_cast<std::uint16_t>(source() % static_cast<unsigned>(classes)));
    return data;
}

// Noise around one fixed random picture a class: easy to learn.
inline Dataset pictures(const Shape& shape, int classes, std::size_t count, unsigned seed = 1) {
    const Dataset of_class = noise(shape, classes, static_cast<std::size_t>(classes), 77);
    Dataset data = noise(shape, classes, count, seed);
    for (std::size_t i = 0; i < data.pixels.size(); ++i) {
        const std::size_t image = i / shape.size(), pixel = i % shape.size();
        const int mean = of_class.pixels[data.labels[image] * shape.size() + pixel];
        data.pixels[i] = static_cast<std::uint8_t>((mean + data.pixels[i]) / 2);
    }
    return data;
}

inline std::vector<std::uint32_t> first_n(std::size_t n) {
    std::vector<std::uint32_t> images(n);
    std::iota(images.begin(), images.end(), 0u);
    return images;
}

inline Network network_of(const std::string& text, const Shape& input, int classes,
                          const Plan& plan) {
    return make_network(text, input, classes, plan, best_kernels());
}

// All images of `data` as one batch, forward and back; nothing is updated.
inline Metrics one_batch(const Network& net, const Plan& plan, const Dataset& data, Workspace& work,
                         const Compute& compute) {
    load_batch(net, data, first_n(data.count()), work, compute);
    pack_network(net, true, work, compute);
    forward(net, work, compute);
    return backward(net, plan, 1, work, compute);
}

}  // namespace learning_testing
