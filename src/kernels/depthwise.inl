// Depthwise convolution over NHWC maps: a vector holds neighbouring channels of one pixel, and the
// sums of one output stay in a register. Channels that do not fill the last vector are read along
// with what comes after them, and not stored. int8 maps and kernels, int32 sums.
#pragma once

#include "vectors.inl"
#include "windows.inl"

[[gnu::always_inline]] inline void store_channels(std::int32_t* to, Words v, int channels) {
    if (channels >= Lanes::columns)
        store_words(to, v);
    else
        Lanes::store_some(to, v, channels);
}

[[gnu::always_inline]] inline void add_channels(std::int32_t* to, Words v, int channels) {
    if (channels >= Lanes::columns)
        store_words(to, load_words(to) + v);
    else
        Lanes::store_some(to, Lanes::load_some(to, channels) + v, channels);
}

void depthwise(std::int32_t* sums, const std::int8_t* image, const std::int8_t* kernel,
               const Window& window) {
    const Window w = window;
    const std::ptrdiff_t channels = w.channels;
    each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
        for (int c = 0; c < w.channels; c += Lanes::columns) {
            Words sum{};
            for (int ky = rows.first; ky < rows.last; ++ky) {
                const std::int8_t* x =
                    image + pixel(w, rows.start + ky, columns.start + columns.first) + c;
                const std::int8_t* k =
                    kernel + (std::ptrdiff_t{ky} * w.kernel_width + columns.first) * channels + c;
                for (int kx = columns.first; kx < columns.last; ++kx, x += channels, k += channels)
                    sum += Lanes::widen(x) * Lanes::widen(k);
            }
            store_channels(sums + position * channels + c, sum, w.channels - c);
        }
    });
}

// The elements of a kernel under which windows see what is at `at` of an axis: first, first +
// stride, .. below last, those of the window `window` and of the ones before it.
struct Seen {
    int window, first, last;
};

constexpr Seen seen(int at, const Window& w, int kernel, int windows) {
    const int end = at + w.pad, behind = end - (windows - 1) * w.stride;
    const int first = behind < 0 ? end % w.stride : behind;
    return {(end - first) / w.stride, first, minimum(kernel, end + 1)};
}

void depthwise_back(std::int32_t* image, const std::int8_t* errors, const std::int8_t* kernel,
                    const Window& window) {
    const Window w = window;
    const std::ptrdiff_t channels = w.channels, step = w.stride * channels;
    for (int y = 0; y < w.in_height; ++y) {
        const Seen rows = seen(y, w, w.kernel_height, w.out_height);
        for (int x = 0; x < w.in_width; ++x, image += channels) {
            const Seen columns = seen(x, w, w.kernel_width, w.out_width);
            for (int c = 0; c < w.channels; c += Lanes::columns) {
                Words sum{};
                std::ptrdiff_t line = std::ptrdiff_t{rows.window} * w.out_width + columns.window;
                for (int ky = rows.first; ky < rows.last; ky += w.stride, line -= w.out_width) {
                    const std::int8_t* e = errors + line * channels + c;
                    const std::int8_t* k =
                        kernel + (std::ptrdiff_t{ky} * w.kernel_width + columns.first) * channels +
                        c;
                    for (int kx = columns.first; kx < columns.last;
                         kx += w.stride, e -= channels, k += step)
                        sum += Lanes::widen(e) * Lanes::widen(k);
                }
                store_channels(image + c, sum, w.channels - c);
            }
        }
    }
}

// The windows of an axis whose element `element` is inside: first .. last - 1.
struct Within {
    int first, last;
};

constexpr Within within(int element, const Window& w, int size, int windows) {
    const int over = w.pad - element, room = size - 1 + over;
    const int first = over > 0 ? (over + w.stride - 1) / w.stride : 0;
    return {first, room < 0 ? first : minimum(windows, room / w.stride + 1)};
}

void depthwise_gradient(std::int32_t* gradient, std::int32_t* input_sum, const std::int8_t* errors,
                        const std::int8_t* image, const Window& window) {
    const Window w = window;
    const std::ptrdiff_t channels = w.channels, step = w.stride * channels;
    for (int ky = 0; ky < w.kernel_height; ++ky) {
        const Within rows = within(ky, w, w.in_height, w.out_height);
        for (int kx = 0; kx < w.kernel_width; ++kx) {
            const Within columns = within(kx, w, w.in_width, w.out_width);
            for (int c = 0; c < w.channels; c += Lanes::columns) {
                Words products{}, inputs{};
                for (int oy = rows.first; oy < rows.last; ++oy) {
                    const std::int8_t* x = image +
                                           pixel(w, oy * w.stride + ky - w.pad,
                                                 columns.first * w.stride + kx - w.pad) +
                                           c;
                    const std::int8_t* e =
                        errors + (std::ptrdiff_t{oy} * w.out_width + columns.first) * channels + c;
                    for (int ox = columns.first; ox < columns.last;
                         ++ox, x += step, e += channels) {
                        const Words input = Lanes::widen(x);
                        products += Lanes::widen(e) * input;
                        inputs += input;
                    }
                }
                add_channels(gradient + c, products, w.channels - c);
                add_channels(input_sum + c, inputs, w.channels - c);
            }
            gradient += channels;
            input_sum += channels;
        }
    }
}
