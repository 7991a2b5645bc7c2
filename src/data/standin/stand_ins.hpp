// The two kinds of stand-in image; synthetic.cpp chooses between them.
#pragma once

#include <cstdint>
#include <span>

#include "base/tensor.hpp"
#include "data/standin/strokes.hpp"

namespace crossbar {

// One handwritten-looking digit, white on black, height x width x 1.
void render_digit(int digit, const Shape& shape, Draws& draws, Ink& scratch,
                  std::span<std::uint8_t> pixels);

// One picture of a class that is itself random: a class's glyph and its texture, in a random pose,
// in random colours.
void render_pattern(int label, const Shape& shape, Draws& draws, Ink& scratch,
                    std::span<std::uint8_t> pixels);

}  // namespace crossbar
