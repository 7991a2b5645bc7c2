// From Oklab to sRGB, and the scales made of it.
#include "pictures/colours.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace crossbar::sim {
namespace {

using Linear = std::array<double, 3>;

// Oklab in polar form (hue in degrees) to linear red, green, blue.
Linear linear_of(double lightness, double chroma, double hue) {
    const double angle = hue * std::numbers::pi / 180;
    const double a = chroma * std::cos(angle), b = chroma * std::sin(angle);
    const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

// As screens code it. What a screen cannot show is cut off; no colour below needs that.
Colour colour_of(double lightness, double chroma, double hue) {
    Colour colour{};
    const Linear linear = linear_of(lightness, chroma, hue);
    for (std::size_t i = 0; i < 3; ++i) {
        const double c = std::clamp(linear[i], 0.0, 1.0);
        const double coded = c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
        colour[i] = static_cast<std::uint8_t>(std::lround(255 * coded));
    }
    return colour;
}

}  // namespace

Colour diverging_colour(int level, int most) {
    constexpr double red = 27, blue = 257;
    const double share = std::abs(static_cast<double>(level)) / std::max(most, 1);
    const double chroma = 0.14 * share * (2 - share);
    return colour_of(0.97 - 0.56 * share, chroma, level > 0 ? red : blue);
}

Colour sequential_colour(int level, int most) {
    constexpr double violet = 305, yellow = 105;
    const double share = static_cast<double>(level) / std::max(most, 1);
    return colour_of(0.2 + 0.73 * share, 0.09, violet + (yellow - violet) * share);
}

}  // namespace crossbar::sim
