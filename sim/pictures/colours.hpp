// Colours of numbers, even to the eye: equal steps of a number are equal steps of lightness. Made
// in Oklab (B. Ottosson, "A perceptual color space for image processing", 2020).
#pragma once

#include "pictures/png.hpp"

namespace crossbar::sim {

// Of -most..most: near white at 0, red above and blue below, as dark on either side. Up to 8 bits
// every level has a colour of its own.
Colour diverging_colour(int level, int most);

// Of 0..most: dark violet, blue, green, bright yellow. The same of up to 255 levels.
Colour sequential_colour(int level, int most);

}  // namespace crossbar::sim
