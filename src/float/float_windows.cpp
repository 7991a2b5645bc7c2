// Loops over windows as in the kernels, in float32.
#include "float/float_windows.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace crossbar {
namespace {

// The part of a window along one axis that lies inside the image: elements first .. last - 1.
struct Inside {
    int first, last;
};

Inside inside(int position, int stride, int pad, int kernel, int size) {
    const int start = position * stride - pad;
    return {std::max(0, -start), std::clamp(size - start, 0, kernel)};
}

// Calls visit(position, row of the window, first element inside, elements inside, offset of that
// first element's pixel in the image) for each row of each window that is at all inside.
template <typename Visit>
void each_window_row(const Window& w, Visit visit) {
    for (int oy = 0; oy < w.out_height; ++oy) {
        const Inside y = inside(oy, w.stride, w.pad, w.kernel_height, w.in_height);
        for (int ox = 0; ox < w.out_width; ++ox) {
            const Inside x = inside(ox, w.stride, w.pad, w.kernel_width, w.in_width);
            for (int ky = y.first; ky < y.last && x.first < x.last; ++ky) {
                const std::ptrdiff_t line = oy * w.stride - w.pad + ky;
                const std::ptrdiff_t column = ox * w.stride - w.pad + x.first;
                visit(std::ptrdiff_t{oy} * w.out_width + ox, ky, x.first, x.last - x.first,
                      (line * w.in_width + column) * w.channels);
            }
        }
    }
}

std::ptrdiff_t outputs(const Window& w) {
    return std::ptrdiff_t{w.out_height} * w.out_width * w.channels;
}

// 1 / (elements inside the image) of the window at a position.
float share_of(const Window& w, std::ptrdiff_t position) {
    const Inside y = inside(static_cast<int>(position / w.out_width), w.stride, w.pad,
                            w.kernel_height, w.in_height);
    const Inside x = inside(static_cast<int>(position % w.out_width), w.stride, w.pad,
                            w.kernel_width, w.in_width);
    return 1.0f / static_cast<float>((y.last - y.first) * (x.last - x.first));
}

// Calls product(output, kernel, pixel): where the channels of a position, of an element of its
// window and of the pixel under that begin.
template <typename Product>
void each_depthwise(const Window& w, Product product) {
    const std::ptrdiff_t channels = w.channels;
    each_window_row(w, [&](std::ptrdiff_t position, int ky, int kx, int count, std::ptrdiff_t at) {
        const std::ptrdiff_t element = std::ptrdiff_t{ky} * w.kernel_width + kx;
        for (int k = 0; k < count; ++k)
            product(position * channels, (element + k) * channels, at + k * channels);
    });
}

// out[c] += a[c] * b[c] of all channels.
void add_products(float* __restrict out, const float* a, const float* b, int channels) {
    for (int c = 0; c < channels; ++c)
        out[c] += a[c] * b[c];
}

}  // namespace

void float_patches(float* out, const float* image, const Window& w) {
    const std::ptrdiff_t row = std::ptrdiff_t{w.kernel_width} * w.channels;
    const std::ptrdiff_t size = row * w.kernel_height;
    const std::ptrdiff_t all = size * w.out_height * w.out_width;
    const bool hangs_over = w.pad > 0;
    if (hangs_over) std::fill(out, out + all, 0.0f);
    each_window_row(
        w, [&](std::ptrdiff_t position, int ky, int kx, int count, std::ptrdiff_t from) {
            std::copy_n(image + from, std::ptrdiff_t{count} * w.channels,
                        out + position * size + ky * row + std::ptrdiff_t{kx} * w.channels);
        });
}

void float_fold(float* image, const float* patches, const Window& w) {
    const std::ptrdiff_t row = std::ptrdiff_t{w.kernel_width} * w.channels;
    const std::ptrdiff_t size = row * w.kernel_height;
    each_window_row(w, [&](std::ptrdiff_t position, int ky, int kx, int count, std::ptrdiff_t to) {
        const float* from = patches + position * size + ky * row + std::ptrdiff_t{kx} * w.channels;
        for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{count} * w.channels; ++i)
            image[to + i] += from[i];
    });
}

void float_max_pool(float* out, std::int32_t* which, const float* image, const Window& w) {
    std::fill(out, out + outputs(w), -std::numeric_limits<float>::infinity());
    std::fill(which, which + outputs(w), 0);
    const int channels = w.channels;
    each_window_row(w, [&](std::ptrdiff_t position, int, int, int count, std::ptrdiff_t from) {
        float* __restrict o = out + position * channels;
        std::int32_t* __restrict element = which + position * channels;
        for (int k = 0; k < count; ++k, from += channels) {
            const float* __restrict pixel = image + from;
            for (int c = 0; c < channels; ++c) {
                // Masks, not branches: which one is larger cannot be foretold.
                const float before = o[c], x = pixel[c];
                const std::int32_t larger = -static_cast<std::int32_t>(x > before);
                element[c] += larger & (static_cast<std::int32_t>(from) + c - element[c]);
                o[c] = std::max(before, x);
            }
        }
    });
}

void float_average_pool(float* out, const float* image, const Window& w) {
    std::fill(out, out + outputs(w), 0.0f);
    each_window_row(w, [&](std::ptrdiff_t position, int, int, int count, std::ptrdiff_t from) {
        const float share = share_of(w, position);
        float* o = out + position * w.channels;
        for (int k = 0; k < count; ++k, from += w.channels)
            for (int c = 0; c < w.channels; ++c)
                o[c] += share * image[from + c];
    });
}

void float_average_unpool(float* image, const float* deltas, const Window& w) {
    each_window_row(w, [&](std::ptrdiff_t position, int, int, int count, std::ptrdiff_t to) {
        const float share = share_of(w, position);
        const float* e = deltas + position * w.channels;
        for (int k = 0; k < count; ++k, to += w.channels)
            for (int c = 0; c < w.channels; ++c)
                image[to + c] += share * e[c];
    });
}

void float_depthwise(float* sums, const float* image, const float* kernel, const Window& w) {
    each_depthwise(w, [&](std::ptrdiff_t output, std::ptrdiff_t k, std::ptrdiff_t pixel) {
        add_products(sums + output, image + pixel, kernel + k, w.channels);
    });
}

void float_depthwise_back(float* image, const float* deltas, const float* kernel, const Window& w) {
    each_depthwise(w, [&](std::ptrdiff_t output, std::ptrdiff_t k, std::ptrdiff_t pixel) {
        add_products(image + pixel, deltas + output, kernel + k, w.channels);
    });
}

void float_depthwise_gradient(float* gradient, const float* deltas, const float* image,
                              const Window& w) {
    each_depthwise(w, [&](std::ptrdiff_t output, std::ptrdiff_t k, std::ptrdiff_t pixel) {
        add_products(gradient + k, deltas + output, image + pixel, w.channels);
    });
}

}  // namespace crossbar
