// Pictures: the bytes of a file to RGB, and RGB to a task's geometry. All of it integer arithmetic
// that gives the same bytes on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.hpp"

namespace crossbar {

struct Picture {
    int height = 0;
    int width = 0;
    std::vector<std::uint8_t> rgb;  // height * width * 3, rows from the top
    bool transparent = false;       // some of it was, and is shown on white
    bool shrunk = false;            // the file has more than most_picture_pixels
};

// A larger picture is kept at 1/2, 1/3, ... of its size, each pixel a mean.
constexpr std::uint64_t most_picture_pixels = std::uint64_t{1} << 25;
// Of what is refused.
constexpr std::uint64_t most_file_pixels = std::uint64_t{1} << 30;

// By the first bytes of the file, not by its name. Grey becomes three equal channels; what is
// transparent is shown on white; 16 bits are rounded to 8; CMYK goes to RGB without a colour
// profile. Throws Error with `name` and the byte where the data are damaged, cut off, too large or
// of another kind.
Picture decode_picture(std::span<const std::uint8_t> file, const std::string& name);

// Whether a file of that name is taken for a picture that decode_picture knows.
bool is_picture_name(std::string_view name);

// The last part of a name from its last dot on, in lower case; empty where there is none.
std::string suffix_of(std::string_view name);

// The formats, for decode_picture: each the one place that knows it, or its library.
Picture decode_jpeg(std::span<const std::uint8_t> file, const std::string& name);
Picture decode_png(std::span<const std::uint8_t> file, const std::string& name);
Picture decode_bmp(std::span<const std::uint8_t> file, const std::string& name);
Picture decode_netpbm(std::span<const std::uint8_t> file, const std::string& name);

// Cuts the largest centred part of the shape's aspect out of the picture and scales it: area
// average where it shrinks, bilinear where it grows, each axis for itself. Every output is the
// exact rational, rounded once, halves up. With one channel: (77 R + 150 G + 29 B + 128) / 256 of
// it. out: shape.size() bytes; shape.channels is 1 or 3.
void fit_picture(const Picture& picture, const Shape& shape, std::span<std::uint8_t> out);

}  // namespace crossbar
