// SSSE3 and SSE4.1: every 64-bit x86 machine of the last fifteen years. The arithmetic is that of
// isa_avx2.cpp in vectors of half the size.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

bool available() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1");
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("ssse3,sse4.1")

namespace {

struct Lanes {
    using Bytes = __m128i;
    using Shorts = std::int16_t __attribute__((vector_size(16)));
    using Words = std::int32_t __attribute__((vector_size(16)));
    using Longs = std::uint64_t __attribute__((vector_size(16)));
    using Sums = Words;
    static constexpr int columns = 4, rows = 4, vectors = 2, slice_bytes = 1 << 17;
    static constexpr int most_groups = 1 << 30, period = 1 << 30, small_bytes = 0;
    using Small = Lanes;
    static bool is_small(const std::int8_t*, std::ptrdiff_t) { return false; }
    static constexpr int planes = 2;
    static constexpr bool corrections = true;

    template <typename Vector>
    static __m128i bits(Vector v) {
        return reinterpret_cast<__m128i>(v);
    }

    static __m128i read(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
    static Bytes load(const std::int8_t* p) { return read(p); }
    static Bytes broadcast(const std::int8_t* p) {
        int word;
        __builtin_memcpy(&word, p, 4);
        return _mm_set1_epi32(word);
    }
    static Words add_pairs(Words sums, __m128i pairs) {
        const auto products = _mm_madd_epi16(pairs, _mm_set1_epi16(1));
        return Words(_mm_add_epi32(bits(sums), products));
    }
    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        if constexpr (which == Unsigned::left)
            return add_pairs(sums, _mm_maddubs_epi16(left, load(packed)));
        if constexpr (which == Unsigned::packed)
            return add_pairs(sums, _mm_maddubs_epi16(load(packed), left));
        return add_pairs(sums,
                         _mm_maddubs_epi16(load(packed), _mm_xor_si128(left, load(packed + 16))));
    }
    static Sums none() { return Sums{}; }
    static void settle(Sums&) {}
    static Words total(Sums sums) { return sums; }
    static void store_signed(std::int8_t* to, Bytes packed) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_abs_epi8(packed));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 16),
                         _mm_cmpgt_epi8(_mm_setzero_si128(), packed));
    }
    static Words correct(Words sums, Bytes packed) {
        const Bytes negative = _mm_cmpgt_epi8(_mm_setzero_si128(), packed);
        const Bytes owed = _mm_and_si128(_mm_abs_epi8(packed), negative);
        return add_pairs(sums, _mm_maddubs_epi16(owed, _mm_set1_epi8(1)));
    }

    static Words load_some(const std::int32_t* p, int count) {
        std::int32_t words[4] = {};
        for (int i = 0; i < count; ++i)
            words[i] = p[i];
        return Words(read(words));
    }
    static void store_some(std::int32_t* p, Words words, int count) {
        __m128i v = bits(words);
        if (count & 2) {
            _mm_storel_epi64(reinterpret_cast<__m128i*>(p), v);
            v = _mm_unpackhi_epi64(v, v);
            p += 2;
        }
        if (count & 1) *p = _mm_cvtsi128_si32(v);
    }

    static Words widen(const std::int8_t* p) {
        int word;
        __builtin_memcpy(&word, p, 4);
        return Words(_mm_cvtepi8_epi32(_mm_cvtsi32_si128(word)));
    }
    static void narrow(std::int8_t* p, Words v) {
        const __m128i shorts = _mm_packs_epi32(bits(v), bits(v));
        const int word = _mm_cvtsi128_si32(_mm_packs_epi16(shorts, shorts));
        __builtin_memcpy(p, &word, 4);
    }
    // Four vectors, saturated, in their order.
    static Bytes saturate(Words a, Words b, Words c, Words d) {
        return _mm_packs_epi16(_mm_packs_epi32(bits(a), bits(b)),
                               _mm_packs_epi32(bits(c), bits(d)));
    }
    static Shorts widen_shorts(const std::int8_t* p) {
        return Shorts(_mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
    }
    static void narrow_shorts(std::int8_t* p, Shorts v) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(bits(v), bits(v)));
    }

    static Shorts multiply_high(Shorts a, Shorts b) {
        return Shorts(_mm_mulhi_epi16(bits(a), bits(b)));
    }
    static Shorts multiply_high_unsigned(Shorts a, Shorts b) {
        return Shorts(_mm_mulhi_epu16(bits(a), bits(b)));
    }
    static Shorts add_saturated(Shorts a, Shorts b) {
        return Shorts(_mm_adds_epi16(bits(a), bits(b)));
    }
    static Shorts subtract_saturated(Shorts a, Shorts b) {
        return Shorts(_mm_subs_epi16(bits(a), bits(b)));
    }
    static Words sum_pairs(Shorts v) { return Words(_mm_madd_epi16(bits(v), _mm_set1_epi16(1))); }

    // Products of the lower words; then the even, or odd, elements of a and b by turns.
    static Longs multiply_words(Longs a, Longs b) { return Longs(_mm_mul_epu32(bits(a), bits(b))); }
    static Longs zip_even(Longs a, Longs b) { return Longs(_mm_unpacklo_epi64(bits(a), bits(b))); }
    static Longs zip_odd(Longs a, Longs b) { return Longs(_mm_unpackhi_epi64(bits(a), bits(b))); }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels sse4 = table("sse4", "SSSE3 and SSE4.1, 128-bit integers", available);

}  // namespace crossbar::kernels

#endif
