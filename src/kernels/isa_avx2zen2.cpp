// AVX2 for machines that multiply on one port, Zen and Zen 2. The second multiplication of a group
// would cost as much as the first, so here sums stay in int16, as two numbers: what wraps around at
// 16 bits, and the sum of the upper bytes,
//     low = sum of x mod 2^16,    high = sum of x >> 8,    sum of x = 256 * high + sum of x & 255,
// of which the last lies in 0..65280 for up to 256 groups and so is low - 256 * high mod 2^16.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

bool available() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("avx2")

namespace {

#include "avx2.inl"

struct alignas(32) Factor {
    std::int16_t same[16];
};
constexpr Factor one = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
constexpr Factor of_high = {
    {256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256}};

// Left to itself g++ copies sums to and fro, and makes factors anew for every sum.
[[gnu::always_inline]] inline void add(__m256i& sum, __m256i x) {
    asm("vpaddw %1, %0, %0" : "+x"(sum) : "x"(x));
}
[[gnu::always_inline]] inline __m256i join_pairs(__m256i x, const Factor& factor) {
    __m256i sums;
    asm("vpmaddwd %2, %1, %0" : "=x"(sums) : "x"(x), "m"(factor));
    return sums;
}

// For rows of which every 32 bytes are small: 16 bits hold the sums of eight groups.
struct SmallSums : Avx2 {
    struct Sums {
        __m256i halves, words;
    };
    static constexpr int period = 8, small_bytes = 4 * period;
    // 128 * (239 + 16) < 2^15: each number may grow by one where it is inverted.
    static constexpr int most = 239;

    static Sums none() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        add(sums.halves, pairs<which>(left, packed));
        return sums;
    }
    static void settle(Sums& sums) {
        sums.words = _mm256_add_epi32(sums.words, join_pairs(sums.halves, one));
        sums.halves = _mm256_setzero_si256();
    }
    static Words total(Sums sums) { return Words(sums.words); }

    // Whether the magnitudes that meet in a number of 16 bits, two of each group, stay within
    // `most`; for every period of a row.
    static bool is_small(const std::int8_t* row, std::ptrdiff_t bytes) {
        __m256i largest = _mm256_setzero_si256();
        for (std::ptrdiff_t at = 0; at < bytes; at += small_bytes) {
            __m256i sums =
                _mm256_maddubs_epi16(_mm256_abs_epi8(load(row + at)), _mm256_set1_epi8(1));
            sums = _mm256_add_epi16(sums, _mm256_permute2x128_si256(sums, sums, 1));
            sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0x4e));
            sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0xb1));
            largest = _mm256_max_epi16(largest, sums);
        }
        const __m256i above = _mm256_cmpgt_epi16(largest, _mm256_set1_epi16(most));
        return _mm256_testz_si256(above, above) != 0;
    }
};

struct Lanes : SmallSums {
    using Small = SmallSums;
    struct Sums {
        __m256i low, high;
    };
    static constexpr int rows = 3, vectors = 2, most_groups = 256, period = most_groups;

    static Sums none() { return {_mm256_setzero_si256(), _mm256_set1_epi16(128)}; }
    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        const __m256i x = pairs<which>(left, packed);
        add(sums.low, x);
        add(sums.high, _mm256_srai_epi16(x, 8));
        return sums;
    }
    static void settle(Sums&) {}
    // The 128 that `high` starts from makes the rest signed, rest - 2^15, for multiplications that
    // are signed, and adds the 2 * 2^15 that two of them lack.
    static Words total(Sums sums) {
        const __m256i rest = _mm256_sub_epi16(sums.low, _mm256_slli_epi16(sums.high, 8));
        return Words(_mm256_add_epi32(join_pairs(sums.high, of_high), join_pairs(rest, one)));
    }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels avx2zen2 =
    table("avx2zen2", "AVX2, sums in 16 bits, for Zen and Zen 2", available);

}  // namespace crossbar::kernels

#endif
