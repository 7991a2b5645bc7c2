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
    static Words total(Sums sums) {
        const __m256i rest = _mm256_sub_epi16(sums.low, _mm256_slli_epi16(sums.high, 8));
        const __m256i halves = _mm256_add_epi32(_mm256_and_si256(rest, _mm256_set1_epi32(0xffff)),
                                                _mm256_srli_epi32(rest, 16));
        return Words(
            _mm256_add_epi32(halves, _mm256_madd_epi16(sums.high, _mm256_set1_epi16(256))));
    }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels avx2zen2 =
    table("avx2zen2", "AVX2, sums in 16 bits, for Zen and Zen 2", available);

}  // namespace crossbar::kernels

#endif
