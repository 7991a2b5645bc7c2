// A picture cut and scaled to a task's geometry, in integers. An axis of n source pixels and m
// targets is a set of integer weights whose sum is the same for every target, so the two passes
// multiply out to one exact fraction a pixel, rounded once:
//   shrinking  source i covers [i m, (i+1) m), target j covers [j n, (j+1) n); weight = overlap,
//   sum n growing    target j looks at ((2 j + 1) n - m) / 2m; weights of its two neighbours, sum 2
//   m
#include <algorithm>

#include "base/check.hpp"
#include "data/formats/picture.hpp"

namespace crossbar {
namespace {

// The source pixels of one target: weights.size() of them from `first` on.
struct Window {
    int first = 0;
    std::vector<std::int32_t> weights;
};

struct Axis {
    std::vector<Window> windows;  // one a target pixel
    std::int32_t sum = 0;         // of the weights of each window
};

Axis shrinking_axis(int source, int target) {
    Axis axis{{}, source};
    for (int j = 0; j < target; ++j) {
        const int begin = j * source, end = begin + source;
        Window window{begin / target, {}};
        for (int i = window.first; i * target < end; ++i)
            window.weights.push_back(std::min(end, (i + 1) * target) - std::max(begin, i * target));
        axis.windows.push_back(std::move(window));
    }
    return axis;
}

// Beyond the first and the last centre the edge pixel stands alone.
Axis growing_axis(int source, int target) {
    const int unit = 2 * target;
    Axis axis{{}, unit};
    for (int j = 0; j < target; ++j) {
        const int at = std::clamp((2 * j + 1) * source - target, 0, (source - 1) * unit);
        const int first = at / unit, right = at % unit;
        if (right == 0)
            axis.windows.push_back({first, {unit}});
        else
            axis.windows.push_back({first, {unit - right, right}});
    }
    return axis;
}

Axis axis_of(int source, int target) {
    return source >= target ? shrinking_axis(source, target) : growing_axis(source, target);
}

struct Cut {
    int top = 0, left = 0, height = 0, width = 0;
};

// The largest centred part whose sides are as target.height : target.width, to the nearest pixel.
Cut centred_cut(const Picture& picture, const Shape& target) {
    const std::int64_t h = picture.height, w = picture.width;
    Cut cut{0, 0, picture.height, picture.width};
    const auto scaled = [](std::int64_t side, int a, int b, int most) {
        return static_cast<int>(std::clamp<std::int64_t>((2 * side * a + b) / (2 * b), 1, most));
    };
    if (w * target.height > h * target.width)
        cut.width = scaled(h, target.width, target.height, picture.width);
    else
        cut.height = scaled(w, target.height, target.width, picture.height);
    cut.top = (picture.height - cut.height) / 2;
    cut.left = (picture.width - cut.width) / 2;
    return cut;
}

// Rows of the cut, each target pixel times the axis' sum: cut.height * width * 3.
std::vector<std::int32_t> scale_rows(const Picture& picture, const Cut& cut, const Axis& across) {
    std::vector<std::int32_t> sums;
    sums.reserve(static_cast<std::size_t>(cut.height) * across.windows.size() * 3);
    for (int y = 0; y < cut.height; ++y) {
        const std::uint8_t* row =
            picture.rgb.data() +
            (static_cast<std::size_t>(cut.top + y) * static_cast<std::size_t>(picture.width) +
             static_cast<std::size_t>(cut.left)) *
                3;
        for (const Window& window : across.windows) {
            std::int32_t rgb[3] = {0, 0, 0};
            const std::uint8_t* pixel = row + 3 * window.first;
            for (const std::int32_t weight : window.weights) {
                for (int c = 0; c < 3; ++c)
                    rgb[c] += weight * pixel[c];
                pixel += 3;
            }
            sums.insert(sums.end(), rgb, rgb + 3);
        }
    }
    return sums;
}

}  // namespace

void fit_picture(const Picture& picture, const Shape& shape, std::span<std::uint8_t> out) {
    ENSURE_EQUAL(out.size(), shape.size());
    ENSURE(shape.channels == 1 || shape.channels == 3);
    ENSURE(picture.height > 0 && picture.width > 0);
    const Cut cut = centred_cut(picture, shape);
    const Axis across = axis_of(cut.width, shape.width), down = axis_of(cut.height, shape.height);
    const std::vector<std::int32_t> rows = scale_rows(picture, cut, across);
    const std::int64_t unit = std::int64_t{across.sum} * down.sum;
    const std::size_t stride = static_cast<std::size_t>(shape.width) * 3;
    std::vector<std::int64_t> line(stride);
    std::vector<std::uint8_t> rgb(stride);
    std::uint8_t* to = out.data();
    for (const Window& window : down.windows) {
        std::fill(line.begin(), line.end(), unit / 2);
        const std::int32_t* row = rows.data() + static_cast<std::size_t>(window.first) * stride;
        for (const std::int32_t weight : window.weights) {
            for (std::size_t i = 0; i < stride; ++i)
                line[i] += std::int64_t{weight} * row[i];
            row += stride;
        }
        for (std::size_t i = 0; i < stride; ++i)
            rgb[i] = static_cast<std::uint8_t>(line[i] / unit);
        if (shape.channels == 3) {
            to = std::copy(rgb.begin(), rgb.end(), to);
            continue;
        }
        for (std::size_t i = 0; i < stride; i += 3)
            *to++ = static_cast<std::uint8_t>(
                (77 * rgb[i] + 150 * rgb[i + 1] + 29 * rgb[i + 2] + 128) / 256);
    }
}

}  // namespace crossbar
