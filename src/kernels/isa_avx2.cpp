// AVX2: Haswell, Zen and later. A group of 4 bytes is two instructions, unsigned by signed into
// int16 (exact, for 2 * 127 * 128 < 32768) and pairs of those into int32. Where both are signed,
// |packed| is multiplied by the left operand, its bits inverted where packed is negative: that is
// -left - 1, so the sum of -packed over those makes up for it. |packed| may be 128; the left
// operand is at least -127.
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

struct Lanes {
    using Bytes = __m256i;
    using Shorts = std::int16_t __attribute__((vector_size(32)));
    using Words = std::int32_t __attribute__((vector_size(32)));
    using Longs = std::uint64_t __attribute__((vector_size(32)));
    static constexpr int columns = 8, rows = 4, vectors = 2, slice_bytes = 1 << 17;
    static constexpr bool corrections = true;

    template <typename Vector>
    static __m256i bits(Vector v) {
        return reinterpret_cast<__m256i>(v);
    }

    static __m256i read(const void* p) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(p));
    }
    static Bytes load(const std::int8_t* p) { return read(p); }
    static Bytes broadcast(const std::int8_t* p) {
        int word;
        __builtin_memcpy(&word, p, 4);
        return _mm256_set1_epi32(word);
    }
    static __m256i negative(Bytes v) { return _mm256_cmpgt_epi8(_mm256_setzero_si256(), v); }
    static Words add_pairs(Words sums, __m256i pairs) {
        const auto products = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
        return Words(_mm256_add_epi32(bits(sums), products));
    }
    template <Unsigned which>
    static Words multiply(Words sums, Bytes left, Bytes packed) {
        if constexpr (which == Unsigned::left)
            return add_pairs(sums, _mm256_maddubs_epi16(left, packed));
        if constexpr (which == Unsigned::packed)
            return add_pairs(sums, _mm256_maddubs_epi16(packed, left));
        return add_pairs(sums, _mm256_maddubs_epi16(_mm256_abs_epi8(packed),
                                                    _mm256_xor_si256(left, negative(packed))));
    }
    static Words correct(Words sums, Bytes packed) {
        const Bytes owed = _mm256_and_si256(_mm256_abs_epi8(packed), negative(packed));
        return add_pairs(sums, _mm256_maddubs_epi16(owed, _mm256_set1_epi8(1)));
    }

    static Words load_some(const std::int32_t* p, int count) {
        const __m256i mask =
            _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        return Words(_mm256_maskload_epi32(p, mask));
    }
    // By halves: masked stores are slow on several machines.
    static void store_some(std::int32_t* p, Words v, int count) {
        __m128i part = _mm256_castsi256_si128(bits(v));
        if (count & 4) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(p), part);
            part = _mm256_extracti128_si256(bits(v), 1);
            p += 4;
        }
        if (count & 2) {
            _mm_storel_epi64(reinterpret_cast<__m128i*>(p), part);
            part = _mm_unpackhi_epi64(part, part);
            p += 2;
        }
        if (count & 1) *p = _mm_cvtsi128_si32(part);
    }

    static Words widen(const std::int8_t* p) {
        return Words(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
    }
    static void narrow(std::int8_t* p, Words v) {
        const __m128i shorts =
            _mm_packs_epi32(_mm256_castsi256_si128(bits(v)), _mm256_extracti128_si256(bits(v), 1));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(shorts, shorts));
    }
    static Shorts widen_shorts(const std::int8_t* p) {
        return Shorts(_mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
    }
    static void narrow_shorts(std::int8_t* p, Shorts v) {
        _mm_storeu_si128(
            reinterpret_cast<__m128i*>(p),
            _mm_packs_epi16(_mm256_castsi256_si128(bits(v)), _mm256_extracti128_si256(bits(v), 1)));
    }

    static Shorts multiply_high(Shorts a, Shorts b) {
        return Shorts(_mm256_mulhi_epi16(bits(a), bits(b)));
    }
    static Shorts multiply_high_unsigned(Shorts a, Shorts b) {
        return Shorts(_mm256_mulhi_epu16(bits(a), bits(b)));
    }
    static Shorts add_saturated(Shorts a, Shorts b) {
        return Shorts(_mm256_adds_epi16(bits(a), bits(b)));
    }
    static Shorts subtract_saturated(Shorts a, Shorts b) {
        return Shorts(_mm256_subs_epi16(bits(a), bits(b)));
    }
    static Words sum_pairs(Shorts v) {
        return Words(_mm256_madd_epi16(bits(v), _mm256_set1_epi16(1)));
    }

    // Products of the lower words; then the even, or odd, elements of a and b by turns.
    static Longs multiply_words(Longs a, Longs b) {
        return Longs(_mm256_mul_epu32(bits(a), bits(b)));
    }
    static Longs zip_even(Longs a, Longs b) {
        return Longs(_mm256_unpacklo_epi64(bits(a), bits(b)));
    }
    static Longs zip_odd(Longs a, Longs b) {
        return Longs(_mm256_unpackhi_epi64(bits(a), bits(b)));
    }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels avx2 = table("avx2", "AVX2, 256-bit integers", available);

}  // namespace crossbar::kernels

#endif
