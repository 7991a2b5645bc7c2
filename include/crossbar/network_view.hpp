// What a network holds, seen without a copy. A view is good until its session trains on, is moved
// from, or ends.
//
//     for (const crossbar::LayerView& layer : session.layers())
//         std::cout << layer.text << ": " << layer.outputs << " x " << layer.inputs
//                   << ", real weight " << std::ldexp(layer.level(0), layer.exponent) << '\n';
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "crossbar/dataset.hpp"

namespace crossbar {

// One field of what training changes in a layer, named as docs/export.md has it: "levels",
// "trace", "wear_1", "running_mean". Of a number the shape is empty; of synapses it is outputs,
// kernel height and width, channels of the window; of outputs, or of counters that synapses share,
// their count.
struct FieldView {
    std::string name;
    std::vector<std::size_t> shape;
    std::variant<std::span<const std::int8_t>, std::span<const std::uint8_t>,
                 std::span<const std::int16_t>, std::span<const std::uint16_t>,
                 std::span<const std::int32_t>, std::span<const std::int64_t>,
                 std::span<const std::uint64_t>, std::span<const bool>>
        values;
};

// One crossbar. Synapse `output * inputs + input` has the level of that place; an input of a
// convolution is (row * kernel_width + column) * channels + channel of its window; the window of a
// depthwise output has one channel, its own.
struct LayerView {
    std::string text;  // its stage in the network's text, "conv 5x5x20"
    int outputs = 0, inputs = 0;
    int kernel_height = 0, kernel_width = 0, channels = 0;
    int bits = 0;                           // of a level
    int exponent = 0;                       // real weight = level * 2^exponent
    std::span<const std::int8_t> narrow;    // levels of up to 8 bits
    std::span<const std::int16_t> wide;     // of more
    std::span<const std::int8_t> feedback;  // feedback levels; none where the scheme is sym
    std::uint64_t pulses = 0;               // sent so far
    std::uint64_t at_bound = 0;             // synapses at the largest or the smallest level
    std::uint64_t signs_agree = 0,
                  signs_counted = 0;  // of forward and feedback synapses that are not 0
    std::vector<FieldView> state;     // all of it; what the network does not have is left out

    std::size_t size() const {
        return static_cast<std::size_t>(outputs) * static_cast<std::size_t>(inputs);
    }
    int level(std::size_t synapse) const { return wide.empty() ? narrow[synapse] : wide[synapse]; }
};

// The outputs of one stage for some images, or the images as the network takes them in.
struct StageView {
    std::string text;                 // "image", "conv 5x5x20", "max 2x2/2"
    Shape shape;                      // of one image's
    int exponent = 0;                 // real activation = value * 2^exponent
    std::vector<std::int8_t> values;  // images x shape
};

// A layer's gradient through its feedback synapses beside the true one.
struct Alignment {
    std::string text;        // of the layer
    double degrees = -1;     // between the two; below 0 where the layer does not learn
    double signs_agree = 0;  // share of synapses whose gradients have one sign, where neither is 0
};

}  // namespace crossbar
