// The rows of a picture as a decoder makes them, kept as a Picture: a large one at a smaller scale,
// what is transparent on white.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/formats/picture.hpp"

namespace crossbar {

class Scanlines {
  public:
    // Memory grows with the rows that come, not with what a header claims. A picture of more than
    // `most` pixels is kept at 1/2, 1/3, ... of its size.
    Scanlines(std::size_t height, std::size_t width, std::size_t most = most_picture_pixels);

    // Rows from the top: width * 3 or width * 4 bytes.
    void add_rgb(std::span<const std::uint8_t> row);
    void add_rgba(std::span<const std::uint8_t> row);

    // After the last row.
    Picture picture();

  private:
    void average();

    std::size_t height_, width_;
    std::size_t scale_ = 1;  // so many rows and columns become one
    std::size_t rows_ = 0;   // so far
    std::vector<std::uint32_t> sums_;
    std::vector<std::uint8_t> opaque_;
    Picture picture_;
};

}  // namespace crossbar
