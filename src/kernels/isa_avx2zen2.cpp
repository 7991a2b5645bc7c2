// AVX2 for machines that multiply on one port, Zen and Zen 2. The second multiplication of a group
// would cost as much as the first, so here sums stay in int16, as two numbers: what wraps around at
// 16 bits, and the sum of the upper bytes,
//     low = sum of x mod 2^16,    high = sum of x >> 8,    sum of x = 256 * high + sum of x & 255,
// of which the last lies in 0..65280 for up to 256 groups and so is low - 256 * high mod 2^16.
#if defined(__x86_64__)

#include <immintrin.h>

#include "crossbar/kernels.hpp"
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

struct Lanes : Avx2 {
    struct Sums {
        __m256i low, high;
    };
    static Sums none() { return {_mm256_setzero_si256(), _mm256_set1_epi16(128)}; }
    static constexpr int rows = 3, vectors = 2, most_groups = 256;

    // Left to itself g++ copies sums to and fro.
    static void add(__m256i& sum, __m256i x) { asm("vpaddw %1, %0, %0" : "+x"(sum) : "x"(x)); }
    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        const __m256i x = pairs<which>(left, packed);
        add(sums.low, x);
        add(sums.high, _mm256_srai_epi16(x, 8));
        return sums;
    }
    // The 128 that `high` starts from makes the rest signed, rest - 2^15, for multiplications that
    // are signed, and adds the 2 * 2^15 that two of them lack.
    static Words total(Sums sums) {
        const __m256i rest = _mm256_sub_epi16(sums.low, _mm256_slli_epi16(sums.high, 8));
        return Words(_mm256_add_epi32(sum_pairs_times(sums.high, factors[0]),
                                      sum_pairs_times(rest, factors[1])));
    }

  private:
    struct alignas(32) Factor {
        std::int16_t same[16];
    };
    static constexpr Factor factors[2] = {
        {{256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256, 256}},
        {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}};
    // From memory: left to itself g++ makes the factor anew for every sum.
    static __m256i sum_pairs_times(__m256i x, const Factor& factor) {
        __m256i sums;
        asm("vpmaddwd %2, %1, %0" : "=x"(sums) : "x"(x), "m"(factor));
        return sums;
    }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels avx2zen2 =
    table("avx2zen2", "AVX2, sums in 16 bits, for Zen and Zen 2", available);

}  // namespace crossbar::kernels

#endif
