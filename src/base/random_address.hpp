// The table of random addresses: what a draw is for (Purpose), which layer, array, device or stage
// it belongs to (the lane), and at which step. docs/arithmetic.md, section 14, has it in words.
// Never renumber: signatures depend on it. Nothing else in the project chooses a lane or a range of
// steps.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/philox.hpp"

namespace crossbar {

enum class Purpose : std::uint32_t {
    initial_levels = 1,
    feedback_magnitude = 2,
    feedback_mask = 3,
    shuffle = 4,
    pulse = 5,
    error_rounding = 6,
    synthetic_image = 7,
    holdout = 8,
    split = 9,
    device_kind = 10,
    device_pulse = 11,
    converter = 12,
    reading = 13,
    leakage = 14,
    writing = 15,
    feedback_kind = 16,
    verified_pulse = 17,
    vote = 18,
    augmentation = 19,
};

// Counter words: block, step low, step high, purpose * 65536 + lane; key: seed low, seed high.
constexpr Stream stream(std::uint64_t seed, Purpose purpose, std::uint32_t lane,
                        std::uint64_t step) {
    return {seed, step, static_cast<std::uint32_t>(purpose) << 16 | (lane & 0xffffu)};
}

namespace lanes {

constexpr std::uint32_t number(std::size_t n) {
    return static_cast<std::uint32_t>(n);
}

// initial_levels, feedback_magnitude, feedback_mask, feedback_kind, pulse, vote.
constexpr std::uint32_t layer(std::size_t index) {
    return number(index);
}
// Feedback synapses that get the pulses of forward ones count as layers behind all others, where
// they have devices.
constexpr std::uint32_t pulsed_back(std::size_t index) {
    return number(0x2000 + index);
}
constexpr std::size_t layer_of(const Stream& pulses) {
    return pulses.tag & 0xffffu;
}
// pulse: the learnt scales of a layer, or its shifts.
constexpr std::uint32_t affine(std::size_t index, bool shift) {
    return number(0x4000 + 2 * index + (shift ? 1 : 0));
}
// device_pulse, leakage, verified_pulse, writing: the first or the second device of each synapse.
constexpr std::uint32_t device(std::size_t index, std::size_t plane) {
    return number(2 * index + plane);
}
// device_kind: below 6 the orders of quantiles, from here on which kind each device is of.
constexpr std::uint32_t device_kind(std::size_t index, std::size_t plane) {
    return number(0x100 + 2 * index + plane);
}
// converter, reading: a layer's forward array, or its feedback array.
constexpr std::uint32_t array(std::size_t index, bool feedback) {
    return number(2 * index + (feedback ? 1 : 0));
}
// reading: a slice of the array of `lane`.
constexpr std::uint32_t slice(std::uint32_t lane, int slice) {
    return lane + static_cast<std::uint32_t>(slice) * 0x1000;
}
// error_rounding: at a layer's sums, at its input, of the loss of so many layers, below a stage, of
// a step of the way back that sums two.
constexpr std::uint32_t delta_at_sums(std::size_t index) {
    return number(2 * index);
}
constexpr std::uint32_t delta_below(std::size_t index) {
    return number(2 * index + 1);
}
constexpr std::uint32_t loss(std::size_t layers) {
    return number(2 * layers);
}
constexpr std::uint32_t delta_below_stage(std::size_t stage) {
    return number(0x1000 + stage);
}
constexpr std::uint32_t delta_sum(std::size_t step) {
    return number(0x2000 + step);
}
// synthetic_image: the pixels, the run of labels, what all images of a class have in common.
constexpr std::uint32_t image(bool test) {
    return test ? 1 : 0;
}
constexpr std::uint32_t labels(bool test) {
    return test ? 3 : 2;
}
inline constexpr std::uint32_t image_class = 4;
// split: images of a class, and the classes themselves.
inline constexpr std::uint32_t split_images = 0, split_classes = 1;

}  // namespace lanes

namespace random_steps {

// Steps of training count from 1; readings for statistics and for tests lie behind all of them, at
// the number of their first image.
inline constexpr std::uint64_t statistics = std::uint64_t{1} << 39;
inline constexpr std::uint64_t evaluation = std::uint64_t{1} << 40;

// reading: a bit of the inputs and a tile in a step.
constexpr std::uint64_t reading(std::uint64_t step, int bit, int tile) {
    return step << 20 | static_cast<std::uint64_t>(bit) << 17 | static_cast<std::uint64_t>(tile);
}
// verified_pulse: a try in a step; and the way back of a high digit whose low one did not follow.
constexpr std::uint64_t attempt(std::uint64_t step, int number) {
    return step << 10 | static_cast<std::uint64_t>(number);
}
constexpr std::uint64_t way_back(std::uint64_t step) {
    return step | std::uint64_t{1} << 40;
}
// vote: of a voter in a step; behind all voters, of the majority.
constexpr std::uint64_t vote(std::uint64_t step, int voter) {
    return step << 17 | static_cast<std::uint64_t>(voter);
}
// augmentation: an image, by its number in the training set, in an epoch.
constexpr std::uint64_t augmentation(int epoch, std::uint32_t image) {
    return static_cast<std::uint64_t>(epoch) << 32 | image;
}
// writing: a try, and the reading behind it.
constexpr std::uint64_t written(int number) {
    return static_cast<std::uint64_t>(number);
}
constexpr std::uint64_t read_back(int number) {
    return 1024 + static_cast<std::uint64_t>(number);
}

}  // namespace random_steps

}  // namespace crossbar
