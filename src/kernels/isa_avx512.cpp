// AVX-512 with the int8 dot product (VNNI): Ice Lake, Zen 4 and later. A group of 4 bytes is one
// instruction, unsigned by signed into int32 without saturation. Where both are signed, the left
// operand is offset by 128, and -128 * column sum of the packed one makes up for it.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

bool available() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")

namespace {

struct Lanes {
    using Bytes = __m512i;
    using Shorts = std::int16_t __attribute__((vector_size(64)));
    using Words = std::int32_t __attribute__((vector_size(64)));
    using Longs = std::uint64_t __attribute__((vector_size(64)));
    using Sums = Words;
    static constexpr int columns = 16, rows = 6, vectors = 4, slice_bytes = 1 << 17;
    static constexpr int most_groups = 1 << 30, period = 1 << 30, small_bytes = 0;
    using Small = Lanes;
    static bool is_small(const std::int8_t*, std::ptrdiff_t) { return false; }
    static constexpr int planes = 1;
    static constexpr bool corrections = true;

    template <typename Vector>
    static __m512i bits(Vector v) {
        return reinterpret_cast<__m512i>(v);
    }

    static Bytes load(const std::int8_t* p) { return _mm512_loadu_si512(p); }
    static Bytes broadcast(const std::int8_t* p) {
        int word;
        __builtin_memcpy(&word, p, 4);
        return _mm512_set1_epi32(word);
    }
    static Words dot(Words sums, Bytes no_sign, Bytes sign) {
        return Words(_mm512_dpbusd_epi32(bits(sums), no_sign, sign));
    }
    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        if constexpr (which == Unsigned::packed) return dot(sums, load(packed), left);
        if constexpr (which == Unsigned::neither)
            left = _mm512_xor_si512(left, _mm512_set1_epi8(-128));
        return dot(sums, left, load(packed));
    }
    static Sums none() { return Sums{}; }
    static void settle(Sums&) {}
    static Words total(Sums sums) { return sums; }
    static void store_signed(std::int8_t* to, Bytes packed) { _mm512_storeu_si512(to, packed); }
    static Words correct(Words sums, Bytes packed) {
        const Words owed = dot(Words{}, _mm512_set1_epi8(-128), packed);
        return Words(_mm512_sub_epi32(bits(sums), bits(owed)));
    }

    // 4 depths of 64 columns, `stride` apart, to 64 groups.
    static void zip_panel(std::int8_t* to, const std::int8_t* from, std::ptrdiff_t stride) {
        const __m512i a = load(from), b = load(from + stride), c = load(from + 2 * stride),
                      d = load(from + 3 * stride);
        const __m512i ac = _mm512_unpacklo_epi8(a, c), ac_high = _mm512_unpackhi_epi8(a, c);
        const __m512i bd = _mm512_unpacklo_epi8(b, d), bd_high = _mm512_unpackhi_epi8(b, d);
        // Quarters of these hold columns 0..3, 4..7, 8..11, 12..15 of the 16 that the quarter had.
        const __m512i w0 = _mm512_unpacklo_epi8(ac, bd), w1 = _mm512_unpackhi_epi8(ac, bd);
        const __m512i w2 = _mm512_unpacklo_epi8(ac_high, bd_high);
        const __m512i w3 = _mm512_unpackhi_epi8(ac_high, bd_high);
        const __m512i even = quarters<0x88>(w0, w1), odd = quarters<0xdd>(w0, w1);
        const __m512i even_high = quarters<0x88>(w2, w3), odd_high = quarters<0xdd>(w2, w3);
        _mm512_storeu_si512(to, quarters<0x88>(even, even_high));
        _mm512_storeu_si512(to + 64, quarters<0x88>(odd, odd_high));
        _mm512_storeu_si512(to + 128, quarters<0xdd>(even, even_high));
        _mm512_storeu_si512(to + 192, quarters<0xdd>(odd, odd_high));
    }
    // Two quarters of a, then two of b: 0x88 takes the even ones, 0xdd the odd ones.
    template <int which>
    static __m512i quarters(__m512i a, __m512i b) {
        return _mm512_maskz_shuffle_i32x4(every16, a, b, which);
    }

    static __mmask16 first(int count) { return static_cast<__mmask16>((1u << count) - 1); }
    static Words load_some(const std::int32_t* p, int count) {
        return Words(_mm512_maskz_loadu_epi32(first(count), p));
    }
    static void store_some(std::int32_t* p, Words v, int count) {
        _mm512_mask_storeu_epi32(p, first(count), bits(v));
    }

    // Masks that keep everything: g++ 12 warns of the plain forms' undefined operand.
    static constexpr __mmask8 every8 = 0xff;
    static constexpr __mmask16 every16 = 0xffff;
    static constexpr __mmask32 every32 = 0xffffffff;
    static Words widen(const std::int8_t* p) {
        const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        return Words(_mm512_maskz_cvtepi8_epi32(every16, v));
    }
    static void narrow(std::int8_t* p, Words v) {
        _mm512_mask_cvtepi32_storeu_epi8(p, every16, bits(v));
    }
    // Four vectors, saturated, in their order.
    static Bytes saturate(Words a, Words b, Words c, Words d) {
        const __m512i ab = _mm512_packs_epi32(bits(a), bits(b));
        const __m512i cd = _mm512_packs_epi32(bits(c), bits(d));
        const __m512i order =
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        return _mm512_maskz_permutexvar_epi32(every16, order, _mm512_packs_epi16(ab, cd));
    }
    static Shorts widen_shorts(const std::int8_t* p) {
        const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return Shorts(_mm512_maskz_cvtepi8_epi16(every32, v));
    }
    static void narrow_shorts(std::int8_t* p, Shorts v) {
        _mm512_mask_cvtepi16_storeu_epi8(p, every32, bits(v));
    }

    static Shorts multiply_high(Shorts a, Shorts b) {
        return Shorts(_mm512_mulhi_epi16(bits(a), bits(b)));
    }
    static Shorts multiply_high_unsigned(Shorts a, Shorts b) {
        return Shorts(_mm512_mulhi_epu16(bits(a), bits(b)));
    }
    static Shorts add_saturated(Shorts a, Shorts b) {
        return Shorts(_mm512_adds_epi16(bits(a), bits(b)));
    }
    static Shorts subtract_saturated(Shorts a, Shorts b) {
        return Shorts(_mm512_subs_epi16(bits(a), bits(b)));
    }
    static Words sum_pairs(Shorts v) {
        return Words(_mm512_madd_epi16(bits(v), _mm512_set1_epi16(1)));
    }

    // Products of the lower words; then the even, or odd, elements of a and b by turns.
    static Longs multiply_words(Longs a, Longs b) {
        return Longs(_mm512_maskz_mul_epu32(every8, bits(a), bits(b)));
    }
    static Longs zip_even(Longs a, Longs b) {
        return Longs(_mm512_maskz_unpacklo_epi64(every8, bits(a), bits(b)));
    }
    static Longs zip_odd(Longs a, Longs b) {
        return Longs(_mm512_maskz_unpackhi_epi64(every8, bits(a), bits(b)));
    }
};

#include "body.inl"

}  // namespace

#pragma GCC push_options
#pragma GCC target("avx512vbmi")

namespace {

#include "device_vbmi.inl"

}  // namespace

#pragma GCC pop_options
#pragma GCC pop_options

namespace {

// Cascade Lake has all of the set but byte permutations.
void program_by_bytes(std::uint8_t* levels, std::uint8_t* kinds, std::uint16_t* wear,
                      const std::int8_t* pulses, const std::uint16_t* random, std::size_t n,
                      const PulseTables& tables) {
    static const bool permutes = __builtin_cpu_supports("avx512vbmi");
    (permutes ? program_planes : program)(levels, kinds, wear, pulses, random, n, tables);
}

constexpr Kernels with_devices_by_bytes(Kernels k) {
    k.program = program_by_bytes;
    return k;
}

}  // namespace

constinit const Kernels avx512vnni = with_devices_by_bytes(
    table("avx512vnni", "AVX-512 with the int8 dot product (F, BW, DQ, VL, VNNI)", available));

}  // namespace crossbar::kernels

#endif
