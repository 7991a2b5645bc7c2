// Integer batch normalisation, rows x channels. Sums run down columns in registers; where there are
// few channels, several rows are taken as one longer row with repeated parameters, so that vectors
// fill.
#pragma once

#include "elementwise.inl"
#include "vectors.inl"

// How many rows fill whole vectors when they are taken as one.
constexpr std::size_t rows_to_join(int channels) {
    std::size_t rows = 1;
    while (rows * static_cast<std::size_t>(channels) % Lanes::columns != 0)
        rows *= 2;
    return rows;
}

// The even 32-bit elements of v, or the odd ones, without sign.
[[gnu::always_inline]] inline Longs even(Words v) {
    return reinterpret_cast<Longs>(v) & 0xffffffffu;
}
[[gnu::always_inline]] inline Longs odd(Words v) {
    return reinterpret_cast<Longs>(v) >> 32;
}

// One vector of columns. Values are summed with 2^31 added, which makes them unsigned.
void moments_column(std::int64_t* sum, std::uint64_t* square, const std::int32_t* s,
                    std::size_t rows, std::ptrdiff_t stride, int channel, int channels) {
    Longs sums[2] = {}, squares[2] = {};
    for (std::size_t r = 0; r < rows; ++r, s += stride) {
        const Words x = load_words(s), size = magnitude(x), lifted = x ^ INT32_MIN;
        sums[0] += even(lifted);
        sums[1] += odd(lifted);
        squares[0] += Lanes::multiply_words(even(size), even(size));
        squares[1] += Lanes::multiply_words(odd(size), odd(size));
    }
    for (int i = 0; i < Lanes::columns; ++i) {
        sum[channel] += static_cast<std::int64_t>(sums[i % 2][i / 2] - (std::uint64_t{rows} << 31));
        square[channel] += squares[i % 2][i / 2];
        if (++channel == channels) channel = 0;
    }
}

void moments(std::int64_t* sum, std::uint64_t* square, const std::int32_t* s, std::size_t rows,
             int channels) {
    const std::size_t join = rows_to_join(channels), whole = rows / join;
    const auto width = static_cast<std::ptrdiff_t>(join) * channels;
    for (std::ptrdiff_t at = 0; whole > 0 && at < width; at += Lanes::columns)
        moments_column(sum, square, s + at, whole, width, static_cast<int>(at % channels),
                       channels);
    s += static_cast<std::ptrdiff_t>(whole) * width;
    for (std::size_t r = whole * join; r < rows; ++r, s += channels)
        for (int c = 0; c < channels; ++c) {
            const std::int64_t x = s[c];
            sum[c] += x;
            square[c] += static_cast<std::uint64_t>(x * x);
        }
}

void error_moments_column(std::int32_t* sum_e, std::int32_t* sum_ex, const std::int8_t* e,
                          const std::int8_t* x, std::size_t rows, std::ptrdiff_t stride,
                          int channel, int channels) {
    Words sums{}, products{};
    for (std::size_t r = 0; r < rows; ++r, e += stride, x += stride) {
        const Words error = Lanes::widen(e);
        sums += error;
        products += error * Lanes::widen(x);
    }
    for (int i = 0; i < Lanes::columns; ++i) {
        sum_e[channel] += sums[i];
        sum_ex[channel] += products[i];
        if (++channel == channels) channel = 0;
    }
}

void delta_moments(std::int32_t* sum_e, std::int32_t* sum_ex, const std::int8_t* e,
                   const std::int8_t* x, std::size_t rows, int channels) {
    const std::size_t join = rows_to_join(channels), whole = rows / join;
    const auto width = static_cast<std::ptrdiff_t>(join) * channels;
    for (std::ptrdiff_t at = 0; whole > 0 && at < width; at += Lanes::columns)
        error_moments_column(sum_e, sum_ex, e + at, x + at, whole, width,
                             static_cast<int>(at % channels), channels);
    const std::ptrdiff_t done = static_cast<std::ptrdiff_t>(whole) * width;
    e += done;
    x += done;
    for (std::size_t r = whole * join; r < rows; ++r, e += channels, x += channels)
        for (int c = 0; c < channels; ++c) {
            sum_e[c] += e[c];
            sum_ex[c] += e[c] * x[c];
        }
}

// A parameter of each channel, repeated `times` times if that is more than once.
constexpr int repeat_until = 64;
struct Repeated {
    std::int32_t copy[2 * repeat_until];

    const std::int32_t* of(const std::int32_t* parameter, int channels, int times) {
        if (times == 1) return parameter;
        for (int t = 0; t < times; ++t)
            __builtin_memcpy(copy + t * channels, parameter,
                             static_cast<std::size_t>(channels) * sizeof *copy);
        return copy;
    }
};

// Calls visit(first element, rows, times): `rows` rows of `times` joined ones each.
template <typename Visit>
[[gnu::always_inline]] inline void each_repeat(std::size_t rows, int channels, Visit visit) {
    const auto most = static_cast<std::size_t>((repeat_until + channels - 1) / channels);
    for (std::size_t row = 0; row < rows;) {
        const std::size_t times = rows - row < most ? rows - row : most;
        const std::size_t joined = (rows - row) / times;
        visit(static_cast<std::ptrdiff_t>(row) * channels, joined, static_cast<int>(times));
        row += joined * times;
    }
}

void normalise_row(std::int8_t* out, const std::int32_t* s, int width, const Normalise& p) {
    const std::int32_t *const mean = p.mean, *const limit = p.limit;
    const std::int32_t *const scale = p.scale, *const offset = p.offset;
    const int pre_shift = p.pre_shift, top = p.top;
    if (width >= Lanes::columns)
        return each_vector(width, Lanes::columns, [&](int c) {
            const Words bound = load_words(limit + c);
            const Words d = clamp(load_words(s + c) - load_words(mean + c), -bound, bound);
            const Words q = (d >> pre_shift) * load_words(scale + c) + load_words(offset + c);
            Lanes::narrow(out + c, clamp(q >> 22, Words{} - top, Words{} + top));
        });
    for (int c = 0; c < width; ++c) {
        const int d = clamp(s[c] - mean[c], -limit[c], limit[c]) >> pre_shift;
        out[c] = static_cast<std::int8_t>(clamp((d * scale[c] + offset[c]) >> 22, -top, top));
    }
}

void normalise(std::int8_t* out, const std::int32_t* s, std::size_t rows, int channels,
               const Normalise& p) {
    each_repeat(rows, channels, [&](std::ptrdiff_t at, std::size_t joined, int times) {
        Repeated mean, limit, scale, offset;
        const Normalise repeated{mean.of(p.mean, channels, times),
                                 limit.of(p.limit, channels, times),
                                 scale.of(p.scale, channels, times),
                                 offset.of(p.offset, channels, times),
                                 p.pre_shift,
                                 p.top};
        const int width = times * channels;
        for (std::size_t r = 0; r < joined; ++r, at += width)
            normalise_row(out + at, s + at, width, repeated);
    });
}

void normalise_error_row(std::int32_t* out, const std::int8_t* e, const std::int8_t* x, int width,
                         const NormaliseDelta& p) {
    const std::int32_t *const mean = p.mean, *const slope = p.slope, *const gain = p.gain;
    if (width >= Lanes::columns)
        return each_vector(width, Lanes::columns, [&](int c) {
            const Words pull = Lanes::widen(x + c) * load_words(slope + c) >> 8;
            const Words error = (Lanes::widen(e + c) << 8) - load_words(mean + c) - pull;
            store_words(out + c, error * load_words(gain + c) >> 4);
        });
    for (int c = 0; c < width; ++c)
        out[c] = (e[c] * 256 - mean[c] - (x[c] * slope[c] >> 8)) * gain[c] >> 4;
}

void normalise_delta(std::int32_t* out, const std::int8_t* e, const std::int8_t* x,
                     std::size_t rows, int channels, const NormaliseDelta& p) {
    each_repeat(rows, channels, [&](std::ptrdiff_t at, std::size_t joined, int times) {
        Repeated mean, slope, gain;
        const NormaliseDelta repeated{mean.of(p.mean, channels, times),
                                      slope.of(p.slope, channels, times),
                                      gain.of(p.gain, channels, times)};
        const int width = times * channels;
        for (std::size_t r = 0; r < joined; ++r, at += width)
            normalise_error_row(out + at, e + at, x + at, width, repeated);
    });
}
