// Pictures: JPEG or PNG bytes to RGB, and RGB to a task's geometry. All of it integer arithmetic
// that gives the same bytes on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crossbar/tensor.hpp"

namespace crossbar {

struct Picture {
    int height = 0;
    int width = 0;
    std::vector<std::uint8_t> rgb;  // height * width * 3, rows from the top
};

constexpr std::uint64_t most_picture_pixels = std::uint64_t{1} << 25;

// By the first bytes of the file, not by its name. Grey becomes three equal channels; alpha is
// dropped; 16 bits are rounded to 8; CMYK goes to RGB without a colour profile. Throws Error with
// `name` and the byte where the data are damaged, cut off, larger than the limit above or of
// another kind.
Picture decode_picture(std::span<const std::uint8_t> file, const std::string& name);

// The two formats, for decode_picture: each the one place that knows its library.
Picture decode_jpeg(std::span<const std::uint8_t> file, const std::string& name);
Picture decode_png(std::span<const std::uint8_t> file, const std::string& name);

// Cuts the largest centred part of the shape's aspect out of the picture and scales it: area
// average where it shrinks, bilinear where it grows, each axis for itself. Every output is the
// exact rational, rounded once, halves up. With one channel: (77 R + 150 G + 29 B + 128) / 256 of
// it. out: shape.size() bytes; shape.channels is 1 or 3.
void fit_picture(const Picture& picture, const Shape& shape, std::span<std::uint8_t> out);

}  // namespace crossbar
