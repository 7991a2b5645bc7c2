// Windows over NHWC maps: patches (im2col), fold, pooling. Channels are contiguous, so a vector
// holds neighbouring channels of one pixel; where the last vector would overhang, it is moved back
// and computes some channels twice. int8 maps, int32 sums.
#pragma once

#include "vectors.inl"

constexpr int minimum(int a, int b) {
    return a < b ? a : b;
}
constexpr int maximum(int a, int b) {
    return a > b ? a : b;
}

// The elements first..last-1 of a kernel that starts at pixel `start` and lie inside 0..size-1.
struct Inside {
    int start, first, last;
    int count() const { return last - first; }
};

constexpr Inside inside(int start, int kernel, int size) {
    return {start, maximum(0, -start), minimum(kernel, size - start)};
}

// Calls visit(position, rows inside, columns inside) for every output position.
template <typename Visit>
[[gnu::always_inline]] inline void each_position(const Window& w, Visit visit) {
    std::ptrdiff_t position = 0;
    for (int oy = 0; oy < w.out_height; ++oy) {
        const Inside rows = inside(oy * w.stride - w.pad, w.kernel_height, w.in_height);
        for (int ox = 0; ox < w.out_width; ++ox, ++position)
            visit(position, rows, inside(ox * w.stride - w.pad, w.kernel_width, w.in_width));
    }
}

constexpr std::ptrdiff_t pixel(const Window& w, int y, int x) {
    return (std::ptrdiff_t{y} * w.in_width + x) * w.channels;
}

// Copies n bytes: whole Words and a last one that may overlap, where n >= sizeof(Word); no more
// than two of them unless Word has 16 bytes or more. Bytes: 1..3 of them.
template <typename Word>
[[gnu::always_inline]] inline void copy_run(std::int8_t* to, const std::int8_t* from,
                                            std::ptrdiff_t n) {
    constexpr std::ptrdiff_t size = sizeof(Word);
    __builtin_memcpy(to, from, sizeof(Word));
    if constexpr (size == 1) to[n / 2] = from[n / 2];
    if constexpr (size >= 16)
        for (std::ptrdiff_t at = size; at < n - size; at += size)
            __builtin_memcpy(to + at, from + at, sizeof(Word));
    __builtin_memcpy(to + n - size, from + n - size, sizeof(Word));
}

// One patch that hangs over an edge.
[[gnu::noinline]] void edge_patch(std::int8_t* to, const std::int8_t* image, const Window& w,
                                  Inside rows, Inside columns) {
    const std::ptrdiff_t channels = w.channels, run = w.kernel_width * channels;
    __builtin_memset(to, 0, static_cast<std::size_t>(w.kernel_height * run));
    if (columns.count() <= 0) return;
    for (int ky = rows.first; ky < rows.last; ++ky)
        __builtin_memcpy(to + ky * run + columns.first * channels,
                         image + pixel(w, rows.start + ky, columns.start + columns.first),
                         static_cast<std::size_t>(columns.count() * channels));
}

template <typename Word>
void patches_by(std::int8_t* out, std::ptrdiff_t patch_stride, const std::int8_t* image,
                const Window& window) {
    const Window w = window;
    const std::ptrdiff_t run = std::ptrdiff_t{w.kernel_width} * w.channels;
    const std::ptrdiff_t line = std::ptrdiff_t{w.in_width} * w.channels;
    const int height = w.kernel_height;
    each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
        std::int8_t* to = out + position * patch_stride;
        if (rows.count() < height || columns.count() < w.kernel_width)
            return edge_patch(to, image, w, rows, columns);
        const std::int8_t* from = image + pixel(w, rows.start, columns.start);
        for (int ky = 0; ky < height; ++ky, to += run, from += line)
            copy_run<Word>(to, from, run);
    });
}

void patches(std::int8_t* out, std::ptrdiff_t patch_stride, const std::int8_t* image,
             const Window& window) {
    const int run = window.kernel_width * window.channels;
    if constexpr (sizeof(Bytes) > 32)
        if (run >= 64) return patches_by<Bytes>(out, patch_stride, image, window);
    if constexpr (sizeof(Bytes) >= 32)
        if (run >= 32) return patches_by<Bytes32>(out, patch_stride, image, window);
    if (run >= 16) return patches_by<Bytes16>(out, patch_stride, image, window);
    if (run >= 8) return patches_by<std::int64_t>(out, patch_stride, image, window);
    if (run >= 4) return patches_by<std::int32_t>(out, patch_stride, image, window);
    patches_by<std::int8_t>(out, patch_stride, image, window);
}

// Adds `down`, the sum of an image's column of pixels that a row of the kernel meets, to those of
// the row's elements that meet the column.
template <typename Add>
[[gnu::always_inline]] inline void each_element_at(const Window& w, int x, Add add) {
    for (int kx = 0; kx < w.kernel_width; ++kx) {
        const int from = x + w.pad - kx;
        if (from >= 0 && from % w.stride == 0 && from / w.stride < w.out_width) add(kx);
    }
}

void window_sums(std::int32_t* sums, const std::int8_t* image, const Window& window) {
    const Window w = window;
    const std::ptrdiff_t line = pixel(w, w.stride, 0);
    for (int ky = 0; ky < w.kernel_height; ++ky) {
        // Output lines whose windows have this row of the kernel inside.
        int first = 0, last = w.out_height;
        while (first < last && first * w.stride + ky < w.pad)
            ++first;
        while (last > first && (last - 1) * w.stride + ky - w.pad >= w.in_height)
            --last;
        std::int32_t* const row = sums + std::ptrdiff_t{ky} * w.kernel_width * w.channels;
        for (int x = 0; x < w.in_width; ++x) {
            const std::int8_t* const from = image + pixel(w, first * w.stride + ky - w.pad, x);
            int c = 0;
            for (; c + Lanes::columns <= w.channels; c += Lanes::columns) {
                Words down{};
                for (int y = 0; y < last - first; ++y)
                    down += Lanes::widen(from + y * line + c);
                each_element_at(w, x, [&](int kx) {
                    std::int32_t* const to = row + std::ptrdiff_t{kx} * w.channels + c;
                    store_words(to, load_words(to) + down);
                });
            }
            for (; c < w.channels; ++c) {
                std::int32_t down = 0;
                for (int y = 0; y < last - first; ++y)
                    down += from[y * line + c];
                each_element_at(w, x,
                                [&](int kx) { row[std::ptrdiff_t{kx} * w.channels + c] += down; });
            }
        }
    }
}

void fold(std::int32_t* image, const std::int32_t* patch_sums, const Window& window) {
    const Window w = window;
    const std::ptrdiff_t channels = w.channels, run = w.kernel_width * channels;
    each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
        const std::int32_t* from = patch_sums + position * w.kernel_height * run;
        const std::ptrdiff_t first = columns.first * channels, n = columns.count() * channels;
        for (int ky = rows.first; ky < rows.last; ++ky) {
            std::int32_t* const to = image + pixel(w, rows.start + ky, columns.start) + first;
            const std::int32_t* const sums = from + ky * run + first;
            std::ptrdiff_t i = 0;
            for (; i + Lanes::columns <= n; i += Lanes::columns)
                store_words(to + i, load_words(to + i) + load_words(sums + i));
            if (i >= n) continue;
            const int rest = static_cast<int>(n - i);
            const Words last = Lanes::load_some(to + i, rest) + Lanes::load_some(sums + i, rest);
            Lanes::store_some(to + i, last, rest);
        }
    });
}

// Calls visit(a value of the widest type that the channels fill).
template <typename Visit>
[[gnu::always_inline]] inline void with_vector(int channels, Visit visit) {
    if constexpr (sizeof(typename Lanes::Bytes) >= 32)
        if (channels >= 32) return visit(Bytes32{});
    if (channels >= 16)
        visit(Bytes16{});
    else if (channels >= 8)
        visit(Bytes8{});
    else if (channels >= 4)
        visit(Bytes4{});
    else
        visit(std::int8_t{});
}

void max_pool(std::int8_t* out, std::uint8_t* which, const std::int8_t* image,
              const Window& window) {
    const Window w = window;
    auto* const elements = reinterpret_cast<std::int8_t*>(which);
    with_vector(w.channels, [&](auto zero) {
        using Vector = decltype(zero);
        each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
            const std::ptrdiff_t o = position * w.channels;
            each_vector(w.channels, sizeof(Vector), [&](int c) {
                Vector best = zero, best_at = zero;
                bool first = true;
                for (int ky = rows.first; ky < rows.last; ++ky)
                    for (int kx = columns.first; kx < columns.last; ++kx, first = false) {
                        const Vector x = load_bytes<Vector>(
                            image + pixel(w, rows.start + ky, columns.start + kx) + c);
                        const auto at = static_cast<std::int8_t>(ky * w.kernel_width + kx);
                        const Vector here = static_cast<Vector>(zero + at);
                        best_at = first ? here : static_cast<Vector>(x > best ? here : best_at);
                        best = first ? x : static_cast<Vector>(x > best ? x : best);
                    }
                store_bytes(out + o + c, best);
                store_bytes(elements + o + c, best_at);
            });
        });
    });
}

void max_unpool_scatter(std::int8_t* image, const std::int8_t* errors, const std::uint8_t* which,
                        const Window& window) {
    const Window w = window;
    const auto* const elements = reinterpret_cast<const std::int8_t*>(which);
    const bool covers = w.stride == w.kernel_height && w.stride == w.kernel_width && w.pad == 0 &&
                        w.out_height * w.stride >= w.in_height &&
                        w.out_width * w.stride >= w.in_width;
    if (!covers) __builtin_memset(image, 0, static_cast<std::size_t>(pixel(w, w.in_height, 0)));
    with_vector(w.channels, [&](auto zero) {
        using Vector = decltype(zero);
        each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
            each_vector(w.channels, sizeof(Vector), [&](int c) {
                const std::ptrdiff_t o = position * w.channels + c;
                const Vector error = load_bytes<Vector>(errors + o);
                const Vector best = load_bytes<Vector>(elements + o);
                for (int ky = rows.first; ky < rows.last; ++ky)
                    for (int kx = columns.first; kx < columns.last; ++kx) {
                        const auto at = static_cast<std::int8_t>(ky * w.kernel_width + kx);
                        const Vector here = static_cast<Vector>(zero + at);
                        store_bytes(image + pixel(w, rows.start + ky, columns.start + kx) + c,
                                    static_cast<Vector>(best == here ? error : zero));
                    }
            });
        });
    });
}

void max_unpool_add(std::int32_t* image, const std::int8_t* errors, const std::uint8_t* which,
                    const Window& window) {
    const Window w = window;
    const auto* const elements = reinterpret_cast<const std::int8_t*>(which);
    each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
        const std::ptrdiff_t o = position * w.channels;
        for (int ky = rows.first; ky < rows.last; ++ky)
            for (int kx = columns.first; kx < columns.last; ++kx) {
                std::int32_t* const to = image + pixel(w, rows.start + ky, columns.start + kx);
                const int element = ky * w.kernel_width + kx;
                const int here = static_cast<std::int8_t>(element);
                int c = 0;
                for (; c + Lanes::columns <= w.channels; c += Lanes::columns) {
                    const Words best = Lanes::widen(elements + o + c);
                    const Words error = Lanes::widen(errors + o + c);
                    store_words(to + c, load_words(to + c) + (best == here ? error : Words{}));
                }
                for (; c < w.channels; ++c)
                    to[c] += which[o + c] == element ? errors[o + c] : 0;
            }
    });
}

void average_pool(std::int8_t* out, const std::int8_t* image, const Window& window) {
    const Window w = window;
    each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
        const int n = rows.count() * columns.count();
        const int reciprocal = (65536 + n / 2) / n;
        std::int8_t* const to = out + position * w.channels;
        const auto mean = [&](auto zero, auto load, auto store) {
            return [&, zero, load, store](int c) {
                auto sum = zero;
                for (int ky = rows.first; ky < rows.last; ++ky)
                    for (int kx = columns.first; kx < columns.last; ++kx)
                        sum += load(image + pixel(w, rows.start + ky, columns.start + kx) + c);
                store(to + c, (sum * reciprocal + 32768) >> 16);
            };
        };
        if (w.channels >= Lanes::columns)
            each_vector(w.channels, Lanes::columns, mean(Words{}, Lanes::widen, Lanes::narrow));
        else
            each_vector(w.channels, 1,
                        mean(
                            0, [](const std::int8_t* p) { return int{*p}; },
                            [](std::int8_t* p, int v) { *p = static_cast<std::int8_t>(v); }));
    });
}

void average_unpool(std::int32_t* image, const std::int8_t* errors, const Window& window) {
    const Window w = window;
    each_position(w, [&](std::ptrdiff_t position, Inside rows, Inside columns) {
        const int n = rows.count() * columns.count();
        const int share = (256 + n / 2) / n;
        const std::int8_t* const from = errors + position * w.channels;
        for (int ky = rows.first; ky < rows.last; ++ky)
            for (int kx = columns.first; kx < columns.last; ++kx) {
                std::int32_t* const to = image + pixel(w, rows.start + ky, columns.start + kx);
                int c = 0;
                for (; c + Lanes::columns <= w.channels; c += Lanes::columns)
                    store_words(to + c, load_words(to + c) + Lanes::widen(from + c) * share);
                for (; c < w.channels; ++c)
                    to[c] += from[c] * share;
            }
    });
}
