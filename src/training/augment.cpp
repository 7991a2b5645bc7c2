// Draws eight words for an image, then makes each pixel from where it comes from.
#include "training/augment.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/random_address.hpp"

namespace crossbar {
namespace {

constexpr std::int64_t one_degree = 18740330;  // in 2^-30 radians
constexpr std::int64_t one = std::int64_t{1} << 30;

// Where a word of an image's stream goes.
enum Word { flip, crop_row, crop_column, angle, down, right, cutout_row, cutout_column };

// Even between -most and most.
std::int32_t around_zero(std::uint32_t word, std::int64_t most) {
    return static_cast<std::int32_t>(random_below(word, static_cast<std::uint32_t>(2 * most + 1)) -
                                     most);
}

// Share * 65536 of a side, in 1/256 of a pixel.
std::int64_t largest_shift(const Augmentation& how, int side) {
    return std::int64_t{side} * how.shift >> 8;
}

bool bends(const AugmentDraw& draw) {
    return draw.sine != 0 || draw.down != 0 || draw.right != 0;
}

// Where a pixel of the turned and shifted image lies in the original, in 1/256 of a pixel from the
// middle of the first one: before its column is known, and what a column adds, * 65536.
struct Line {
    std::int64_t row, column, row_step, column_step;
};

Line line_of(const Shape& shape, const AugmentDraw& draw, int y) {
    const std::int64_t from_middle = std::int64_t{2 * y + 1 - shape.height} * 128 - draw.down;
    const std::int64_t first = std::int64_t{1 - shape.width} * 128 - draw.right;
    return {draw.cosine * from_middle - draw.sine * first + (std::int64_t{shape.height - 1} << 23),
            draw.cosine * first + draw.sine * from_middle + (std::int64_t{shape.width - 1} << 23),
            -256 * std::int64_t{draw.sine}, 256 * std::int64_t{draw.cosine}};
}

// A place between two pixels of a line of `count`, whose first and last go on for ever.
struct Between {
    std::size_t low, high;
    std::int32_t part;  // 0..255: of the higher one
};

Between between(std::int64_t place, int count) {
    const std::int64_t rounded = (place + 32768) >> 16;
    const auto at = [&](std::int64_t pixel) {
        return static_cast<std::size_t>(std::clamp<std::int64_t>(pixel, 0, count - 1));
    };
    return {at(rounded >> 8), at((rounded >> 8) + 1), static_cast<std::int32_t>(rounded & 255)};
}

// The pixel at (y, x) of the turned and shifted image: the four around where it comes from, by
// their shares.
void sample(const std::uint8_t* from, const Shape& shape, const Line& line, int x,
            std::uint8_t* to) {
    const auto width = static_cast<std::size_t>(shape.width);
    const auto channels = static_cast<std::size_t>(shape.channels);
    const Between v = between(line.row + x * line.row_step, shape.height);
    const Between h = between(line.column + x * line.column_step, shape.width);
    const std::uint8_t* a = from + (v.low * width + h.low) * channels;
    const std::uint8_t* b = from + (v.low * width + h.high) * channels;
    const std::uint8_t* c = from + (v.high * width + h.low) * channels;
    const std::uint8_t* d = from + (v.high * width + h.high) * channels;
    for (std::size_t i = 0; i < channels; ++i) {
        const std::int32_t above = a[i] * (256 - h.part) + b[i] * h.part;
        const std::int32_t below = c[i] * (256 - h.part) + d[i] * h.part;
        to[i] = static_cast<std::uint8_t>((above * (256 - v.part) + below * v.part + 32768) >> 16);
    }
}

void cut_out(const Shape& shape, const AugmentDraw& draw, std::uint8_t* to) {
    const auto channels = static_cast<std::size_t>(shape.channels);
    const int left = std::max(draw.cutout_column, 0);
    const int end = std::min(draw.cutout_column + draw.cutout, shape.width);
    for (int y = std::max(draw.cutout_row, 0);
         y < std::min(draw.cutout_row + draw.cutout, shape.height); ++y)
        if (left < end)
            std::memset(to + static_cast<std::size_t>(y * shape.width + left) * channels, 0,
                        static_cast<std::size_t>(end - left) * channels);
}

}  // namespace

void check_augmentation(const Augmentation& how, const Shape& shape) {
    if (!how.any()) return;
    if (shape.height < 2 || shape.width < 2)
        fail(
            "--augment-...: images of {}x{} are rows of features, whose places have a meaning of "
            "their own; leave augmentation out",
            shape.height, shape.width);
    const int side = std::min(shape.height, shape.width);
    const auto below_side = [&](const char* option, int pixels) {
        if (pixels >= side)
            fail("--{} {} is too large for images of {}x{}: expected less than {}", option, pixels,
                 shape.height, shape.width, side);
    };
    below_side("augment-crop", how.crop);
    below_side("augment-cutout", how.cutout);
}

Turn turn_by(std::int64_t angle) {
    // The series' remainders are below 2^-28 up to pi/4.
    const std::int64_t x = angle < 0 ? -angle : angle;
    const std::int64_t square = x * x >> 30;
    std::int64_t sine = one, cosine = one;
    for (const int divisor : {72, 42, 20, 6})
        sine = one - (square * sine >> 30) / divisor;
    for (const int divisor : {90, 56, 30, 12, 2})
        cosine = one - (square * cosine >> 30) / divisor;
    sine = ((x * sine >> 30) + 8192) >> 14;
    return {static_cast<std::int32_t>(angle < 0 ? -sine : sine),
            static_cast<std::int32_t>((cosine + 8192) >> 14)};
}

AugmentDraw draw_augmentation(const EpochView& view, const Shape& shape, std::uint32_t image) {
    const Augmentation& how = view.how;
    const Stream s =
        stream(view.seed, Purpose::augmentation, 0, random_steps::augmentation(view.epoch, image));
    const auto word = [&, first = random_block(s, 0), second = random_block(s, 1)](Word w) {
        return w < 4 ? first[w] : second[w - 4];
    };
    const Turn turn = turn_by(around_zero(word(angle), how.rotate * one_degree));
    AugmentDraw draw{turn.sine, turn.cosine};
    draw.down = around_zero(word(down), largest_shift(how, shape.height));
    draw.right = around_zero(word(right), largest_shift(how, shape.width));
    draw.row = around_zero(word(crop_row), how.crop);
    draw.column = around_zero(word(crop_column), how.crop);
    draw.flip = how.flip && random_below(word(flip), 2) == 1;
    draw.cutout = how.cutout;
    const auto corner = [&](Word w, int side) {
        return static_cast<int>(random_below(word(w), static_cast<std::uint32_t>(side))) -
               how.cutout / 2;
    };
    draw.cutout_row = corner(cutout_row, shape.height);
    draw.cutout_column = corner(cutout_column, shape.width);
    return draw;
}

void augment(const std::uint8_t* from, const Shape& shape, const AugmentDraw& draw,
             std::uint8_t* to) {
    const auto channels = static_cast<std::size_t>(shape.channels);
    const std::size_t row_bytes = static_cast<std::size_t>(shape.width) * channels;
    const bool bent = bends(draw);
    for (int i = 0; i < shape.height; ++i) {
        const int y = i + draw.row;
        std::uint8_t* row = to + static_cast<std::size_t>(i) * row_bytes;
        if (y < 0 || y >= shape.height) {
            std::memset(row, 0, row_bytes);
            continue;
        }
        const std::uint8_t* source = from + static_cast<std::size_t>(y) * row_bytes;
        const Line line = bent ? line_of(shape, draw, y) : Line{};
        for (int j = 0; j < shape.width; ++j, row += channels) {
            const int x = (draw.flip ? shape.width - 1 - j : j) + draw.column;
            if (x < 0 || x >= shape.width)
                std::memset(row, 0, channels);
            else if (bent)
                sample(from, shape, line, x, row);
            else
                for (std::size_t c = 0; c < channels; ++c)
                    row[c] = source[static_cast<std::size_t>(x) * channels + c];
        }
    }
    cut_out(shape, draw, to);
}

const std::uint8_t* seen_image(const Dataset& data, std::uint32_t image, const EpochView& view,
                               std::uint8_t* room) {
    const std::uint8_t* pixels = data.image(image).data();
    if (!view.how.any()) return pixels;
    augment(pixels, data.shape, draw_augmentation(view, data.shape, image), room);
    return room;
}

}  // namespace crossbar
