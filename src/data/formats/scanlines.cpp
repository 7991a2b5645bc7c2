// Averages rows into a smaller scale while they come, and lays what is transparent on white.
#include "data/formats/scanlines.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace crossbar {
namespace {

std::size_t parts(std::size_t side, std::size_t scale) {
    return (side + scale - 1) / scale;
}

}  // namespace

Scanlines::Scanlines(std::size_t height, std::size_t width, std::size_t most)
    : height_(height), width_(width) {
    ENSURE(height > 0 && width > 0);
    while (parts(height, scale_) > most / parts(width, scale_))
        ++scale_;
    picture_.height = static_cast<int>(parts(height, scale_));
    picture_.width = static_cast<int>(parts(width, scale_));
    picture_.shrunk = scale_ > 1;
}

void Scanlines::add_rgb(std::span<const std::uint8_t> row) {
    ENSURE_EQUAL(row.size(), width_ * 3);
    ENSURE(rows_ < height_);
    ++rows_;
    if (scale_ == 1) {
        picture_.rgb.insert(picture_.rgb.end(), row.begin(), row.end());
        return;
    }
    sums_.resize(static_cast<std::size_t>(picture_.width) * 3);
    for (std::size_t x = 0; x < width_; ++x)
        for (std::size_t c = 0; c < 3; ++c)
            sums_[x / scale_ * 3 + c] += row[3 * x + c];
    if (rows_ % scale_ == 0 || rows_ == height_) average();
}

// The last row and column of blocks may be of fewer pixels.
void Scanlines::average() {
    const std::size_t rows = rows_ % scale_ == 0 ? scale_ : rows_ % scale_;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        const std::size_t columns = std::min(scale_, width_ - i / 3 * scale_);
        const auto pixels = static_cast<std::uint32_t>(rows * columns);
        picture_.rgb.push_back(static_cast<std::uint8_t>((sums_[i] + pixels / 2) / pixels));
    }
    std::fill(sums_.begin(), sums_.end(), 0);
}

void Scanlines::add_rgba(std::span<const std::uint8_t> row) {
    ENSURE_EQUAL(row.size(), width_ * 4);
    opaque_.clear();
    for (std::size_t i = 0; i < row.size(); i += 4) {
        const unsigned alpha = row[i + 3];
        picture_.transparent |= alpha < 255;
        for (std::size_t c = 0; c < 3; ++c)
            opaque_.push_back(
                static_cast<std::uint8_t>((row[i + c] * alpha + 255 * (255 - alpha) + 127) / 255));
    }
    add_rgb(opaque_);
}

Picture Scanlines::picture() {
    ENSURE_EQUAL(rows_, height_);
    return std::move(picture_);
}

}  // namespace crossbar
