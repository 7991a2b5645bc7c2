// Fixed-point ground: rounding shifts, saturation, integer square root. Every rounding of the
// project is one of these; docs/arithmetic.md derives where each is used. No floating point.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace crossbar {

// x / 2^shift rounded to the nearest, halves towards +infinity; shift < 0 multiplies. |shift| < 63.
// The caller's bound keeps x + half and x * 2^-shift inside int64.
constexpr std::int64_t round_shift(std::int64_t x, int shift) {
    if (shift <= 0) return x * (std::int64_t{1} << -shift);
    return (x + (std::int64_t{1} << (shift - 1))) >> shift;
}

// x limited to -limit..limit.
constexpr std::int64_t saturate(std::int64_t x, std::int64_t limit) {
    return std::clamp(x, -limit, limit);
}

constexpr int sign_of(std::int64_t x) {
    return (x > 0) - (x < 0);
}

// a / b rounded to the nearest, halves away from zero; b > 0.
constexpr std::int64_t round_divide(std::int64_t a, std::int64_t b) {
    return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b);
}

// The largest root with root * root <= x.
constexpr std::uint32_t integer_sqrt(std::uint64_t x) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
        const std::uint64_t trial = root | bit;
        if (trial * trial <= x) root = trial;
    }
    return static_cast<std::uint32_t>(root);
}

// Bits needed to write x: 0 for 0, 8 for 255.
constexpr int bit_width(std::uint64_t x) {
    return static_cast<int>(std::bit_width(x));
}

// The largest level of a signed quantity of `bits` bits: 1 for one bit (-1, +1) and two (-1, 0,
// +1), 127 for eight. Ranges are symmetric, so that negation is exact and zero is a level (bits >=
// 2).
constexpr int top_level(int bits) {
    return bits <= 2 ? 1 : (1 << (bits - 1)) - 1;
}

}  // namespace crossbar
