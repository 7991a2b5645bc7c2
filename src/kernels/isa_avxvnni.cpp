// AVX2 with the int8 dot product (AVX-VNNI): Alder Lake, Sierra Forest, Zen 5. A group of 4 bytes
// is one instruction, unsigned by signed into int32 without saturation. Where both are signed, the
// left operand is offset by 128, and -128 * column sum of the packed one makes up for it.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

bool available() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avxvnni");
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("avx2,avxvnni")

namespace {

#include "avx2.inl"

struct Lanes : Avx2 {
    using Sums = Words;
    static constexpr int rows = 6, vectors = 2, most_groups = 1 << 30, period = 1 << 30;
    static constexpr int planes = 1, small_bytes = 0;
    using Small = Lanes;
    static bool is_small(const std::int8_t*, std::ptrdiff_t) { return false; }

    static Words dot(Words sums, Bytes non_negative, Bytes other) {
        return Words(_mm256_dpbusd_avx_epi32(bits(sums), non_negative, other));
    }
    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        if constexpr (which == Unsigned::packed) return dot(sums, load(packed), left);
        if constexpr (which == Unsigned::neither)
            left = _mm256_xor_si256(left, _mm256_set1_epi8(-128));
        return dot(sums, left, load(packed));
    }
    static Sums none() { return Sums{}; }
    static void settle(Sums&) {}
    static Words total(Sums sums) { return sums; }
    static void store_signed(std::int8_t* to, Bytes packed) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), packed);
    }
    static Words correct(Words sums, Bytes packed) {
        const Words owed = dot(Words{}, _mm256_set1_epi8(-128), packed);
        return Words(_mm256_sub_epi32(bits(sums), bits(owed)));
    }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels avxvnni =
    table("avxvnni", "AVX2 with the int8 dot product (AVX-VNNI)", available);

}  // namespace crossbar::kernels

#endif
