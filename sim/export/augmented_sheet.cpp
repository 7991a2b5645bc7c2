// Draws each image enlarged by a whole number, so that pixels stay squares.
#include "export/augmented_sheet.hpp"

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "pictures/png.hpp"
#include "training/augment.hpp"

namespace crossbar::sim {
namespace {

// In pixels of the sheet. Plain images stand apart by a wider gap.
constexpr std::size_t cell = 96, gap = 4, wide_gap = 16, margin = 8;
constexpr Colour paper = {255, 255, 255};

void draw(Canvas& canvas, std::size_t left, std::size_t top, std::size_t zoom, const Shape& shape,
          const std::uint8_t* pixels) {
    const auto height = static_cast<std::size_t>(shape.height);
    const auto width = static_cast<std::size_t>(shape.width);
    const auto channels = static_cast<std::size_t>(shape.channels);
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
            const std::uint8_t* p = pixels + (y * width + x) * channels;
            const std::size_t green = channels == 3 ? 1 : 0, blue = channels == 3 ? 2 : 0;
            canvas.fill(left + x * zoom, top + y * zoom, zoom, zoom, {p[0], p[green], p[blue]});
        }
}

}  // namespace

std::string augmented_sheet(const Dataset& train, const Augmentation& how, std::uint64_t seed) {
    const Shape& shape = train.shape;
    if (!how.any())
        fail(
            "--augmented: nothing is augmented; give --augment-crop, --augment-flip and the like, "
            "or a task file with [augment]");
    if (shape.channels != 1 && shape.channels != 3)
        fail("--augmented: images of {} channels have no colours; expected 1 or 3", shape.channels);
    const auto height = static_cast<std::size_t>(shape.height);
    const auto width = static_cast<std::size_t>(shape.width);
    const std::size_t zoom = std::max<std::size_t>(1, cell / std::max(height, width));
    const std::size_t across = width * zoom + gap, down = height * zoom + gap;
    const std::size_t rows = std::min(sheet_images, train.count());
    Canvas canvas(2 * margin + (1 + std::size_t{sheet_epochs}) * across + wide_gap - 2 * gap,
                  2 * margin + rows * down - gap, paper);
    std::vector<std::uint8_t> room(shape.size());
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t top = margin + i * down;
        draw(canvas, margin, top, zoom, shape, train.image(i).data());
        for (int epoch = 0; epoch < sheet_epochs; ++epoch)
            draw(canvas, margin + (1 + static_cast<std::size_t>(epoch)) * across + wide_gap - gap,
                 top, zoom, shape,
                 seen_image(train, static_cast<std::uint32_t>(i), {how, seed, epoch}, room.data()));
    }
    return png_of(canvas);
}

}  // namespace crossbar::sim
