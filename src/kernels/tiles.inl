// What tiles do to inputs and sums: plain loops that the compiler makes vectors of. __restrict
// tells it that outputs and parameters do not overlap.
#pragma once

#include "elementwise.inl"
#include "normalise.inl"

void round_inputs(std::int8_t* __restrict out, const std::int8_t* __restrict in, std::size_t n,
                  int drop, int top) {
    const int half = drop > 0 ? 1 << (drop - 1) : 0;
    for (std::size_t i = 0; i < n; ++i) {
        const int x = in[i], size = ((x < 0 ? -x : x) + half) >> drop << drop;
        const int kept = size > top ? top : size;
        out[i] = static_cast<std::int8_t>(x < 0 ? -kept : kept);
    }
}

void bit_plane(std::int8_t* __restrict out, const std::int8_t* __restrict in, std::size_t n,
               int bit) {
    for (std::size_t i = 0; i < n; ++i) {
        const int x = in[i], set = (x < 0 ? -x : x) >> bit & 1;
        out[i] = static_cast<std::int8_t>(x < 0 ? -set : set);
    }
}

// One row, its parameters by column.
template <bool accumulate>
[[gnu::always_inline]] inline void convert_row(std::int32_t* __restrict out,
                                               const std::int32_t* __restrict sums, int columns,
                                               const std::int32_t* __restrict scale,
                                               const std::int32_t* __restrict offset,
                                               const Converters& adcs) {
    const int limit = adcs.limit, pre_shift = adcs.pre_shift, shift = adcs.shift;
    const int top = adcs.top, step = adcs.step;
    for (int c = 0; c < columns; ++c) {
        const int x = clamp(sums[c], -limit, limit) >> pre_shift;
        const int code = clamp((x * scale[c] + offset[c] + (x >> 31)) >> shift, -top, top);
        out[c] = (accumulate ? out[c] : 0) + code * step;
    }
}

// Where there are few columns several rows are one longer row with repeated parameters, so that
// vectors fill.
constexpr std::size_t most_joined = 512;

void convert(std::int32_t* out, const std::int32_t* sums, std::size_t rows, int columns,
             const Converters& adcs, bool accumulate) {
    const auto width = static_cast<std::size_t>(columns);
    const std::int32_t *scale = adcs.scale, *offset = adcs.offset;
    std::int32_t joined[2][most_joined];
    std::size_t join = rows_to_join(columns);
    if (join * width > most_joined || rows < 2 * join) join = 1;
    if (join > 1) {
        for (std::size_t r = 0; r < join; ++r) {
            __builtin_memcpy(joined[0] + r * width, scale, width * sizeof *scale);
            __builtin_memcpy(joined[1] + r * width, offset, width * sizeof *offset);
        }
        scale = joined[0];
        offset = joined[1];
    }
    while (rows > 0) {
        const std::size_t taken = rows < join ? rows : join;
        const int n = static_cast<int>(taken * width);
        if (accumulate)
            convert_row<true>(out, sums, n, scale, offset, adcs);
        else
            convert_row<false>(out, sums, n, scale, offset, adcs);
        out += n;
        sums += n;
        rows -= taken;
    }
}

void add_noise(std::int32_t* __restrict sums, const std::uint16_t* __restrict halves, std::size_t n,
               int noise) {
    for (std::size_t i = 0; i < n; ++i) {
        const int h = halves[i];
        const int digits = (h & 15) + (h >> 4 & 15) + (h >> 8 & 15) + (h >> 12);
        sums[i] += ((digits - 30) * noise + 8) >> 4;
    }
}

template <bool accumulate>
[[gnu::always_inline]] inline void weigh_row(std::int32_t* __restrict out,
                                             const std::int32_t* __restrict sums, int columns,
                                             const std::int32_t* __restrict gain) {
    for (int c = 0; c < columns; ++c)
        out[c] = (accumulate ? out[c] : 0) + ((sums[c] * gain[c] + 512) >> 10);
}

void add_weighed(std::int32_t* out, const std::int32_t* sums, std::size_t rows, int columns,
                 const std::int32_t* gain, bool accumulate) {
    for (std::size_t r = 0; r < rows; ++r, out += columns, sums += columns) {
        if (accumulate)
            weigh_row<true>(out, sums, columns, gain);
        else
            weigh_row<false>(out, sums, columns, gain);
    }
}
