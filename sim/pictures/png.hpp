// Pictures as PNG files. Implemented in png.cpp, the one place of sim/ that knows libpng.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace crossbar::sim {

using Colour = std::array<std::uint8_t, 3>;  // red, green, blue, as screens have them (sRGB)

// Pixels row by row from the top.
struct Canvas {
    std::size_t width = 0, height = 0;
    std::vector<Colour> pixels;

    Canvas(std::size_t across, std::size_t down, Colour ground)
        : width(across), height(down), pixels(across * down, ground) {}
    Colour& at(std::size_t x, std::size_t y) { return pixels[y * width + x]; }
    // A rectangle with its upper left corner there.
    void fill(std::size_t x, std::size_t y, std::size_t across, std::size_t down, Colour colour);
};

// The bytes of the file. Throws Error.
std::string png_of(const Canvas& canvas);

}  // namespace crossbar::sim
