// Real weights to levels: a step per layer or per output, and what lies beyond the largest level is
// clipped.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "device/device.hpp"

namespace crossbar {

// How large a weight the largest level stands for.
struct Clip {
    enum class Kind { error, largest, percentile };  // error: least squared error
    Kind kind = Kind::error;
    double percent = 100;  // of the magnitudes that are not clipped, 50..100
};

// "error" or nothing, "max", "99.9%". Throws Error naming --weights-clip.
Clip parse_clip(const std::string& text);

// What a synapse is on average, and its square, when each of the levels -top..top is written into
// it: those levels, or where devices have bounds of their own, less.
struct Reach {
    std::vector<double> mean, square;
};
Reach reach_of(int bits, const DeviceTables* device);

struct Quantised {
    std::vector<std::int16_t> levels;  // as the weights
    std::vector<double> steps;         // of each output: a level is weight / step
    std::uint64_t clipped = 0;         // weights beyond the largest level by more than half of one
};

// outputs x inputs weights to levels of `bits` bits, rounded to the nearest; of one bit to their
// signs, 0 to +. The least error is looked for with what becomes of levels by `reach`. With
// `by_output` each output has a step of its own. Integers that all fit are levels as they are, with
// a step of 1. Where all weights are 0 a step is 1.
Quantised quantise(std::span<const double> weights, std::size_t outputs, int bits,
                   const Reach& reach, const Clip& clip, bool by_output, bool integers);

}  // namespace crossbar
