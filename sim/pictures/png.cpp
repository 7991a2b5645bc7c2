// Writes rows of RGB pixels through libpng, in memory.
#include "pictures/png.hpp"

#include <png.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace crossbar::sim {

void Canvas::fill(std::size_t x, std::size_t y, std::size_t across, std::size_t down,
                  Colour colour) {
    for (std::size_t row = y; row < y + down; ++row)
        std::fill_n(&at(x, row), across, colour);
}

std::string png_of(const Canvas& canvas) {
    static_assert(sizeof(Colour) == 3);
    png_image image;
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(canvas.width);
    image.height = static_cast<png_uint_32>(canvas.height);
    image.format = PNG_FORMAT_RGB;
    const auto write = [&](char* to, png_alloc_size_t& size) {
        return png_image_write_to_memory(&image, to, &size, 0, canvas.pixels.data(), 0, nullptr);
    };
    png_alloc_size_t size = 0;
    std::string bytes;
    if (write(nullptr, size)) {
        bytes.resize(size);
        if (write(bytes.data(), size)) return bytes.substr(0, size);
    }
    fail("cannot make a picture of {} x {} pixels: {}", canvas.width, canvas.height, image.message);
}

}  // namespace crossbar::sim
