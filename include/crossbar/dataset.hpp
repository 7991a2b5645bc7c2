// Labelled images as they lie in memory: bytes 0..255 in NHWC order.
//
//     crossbar::Dataset images{{28, 28, 1}, 10, {}, {}};  // grey, ten classes
//     for (const auto& [pixels, label] : mine) {
//         images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
//         images.labels.push_back(label);
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace crossbar {

// Height, width, channels of one image or activation map; channels vary fastest.
struct Shape {
    int height = 0;
    int width = 0;
    int channels = 0;
    std::size_t size() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
               static_cast<std::size_t>(channels);
    }
    bool operator==(const Shape&) const = default;
};

struct Dataset {
    Shape shape;
    int classes = 0;
    std::vector<std::uint8_t> pixels;   // count() * shape.size()
    std::vector<std::uint16_t> labels;  // count(), each 0..classes-1

    std::size_t count() const { return labels.size(); }
    std::span<const std::uint8_t> image(std::size_t i) const {
        return std::span(pixels).subspan(i * shape.size(), shape.size());
    }
};

}  // namespace crossbar
