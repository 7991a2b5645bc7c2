// AVX2 primitives, for the sets that have them: vectors of 256 bits. An isa_*.cpp file includes
// this within its target region and makes its Lanes of it; what is left to it is how a group of
// four products is added to the sums, and how many sums stay in registers.
//
// Where both operands are signed, |packed| is multiplied by the left operand, its bits inverted
// where packed is negative: that is -left - 1, so the sum of -packed over those makes up for it
// (correct). |packed| may be 128; the left operand is at least -127.
#pragma once

struct Avx2 {
    using Bytes = __m256i;
    using Shorts = std::int16_t __attribute__((vector_size(32)));
    using Words = std::int32_t __attribute__((vector_size(32)));
    using Longs = std::uint64_t __attribute__((vector_size(32)));
    static constexpr int columns = 8, slice_bytes = 1 << 17;
    static constexpr int planes = 2;
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
    static Words add_pairs(Words sums, __m256i pairs) {
        const auto products = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
        return Words(_mm256_add_epi32(bits(sums), products));
    }
    // Products of neighbours added in int16, exact for 2 * 127 * 128 < 32768.
    template <Unsigned which>
    static __m256i pairs(Bytes left, const std::int8_t* packed) {
        if constexpr (which == Unsigned::left) return _mm256_maddubs_epi16(left, load(packed));
        if constexpr (which == Unsigned::packed) return _mm256_maddubs_epi16(load(packed), left);
        return _mm256_maddubs_epi16(load(packed), _mm256_xor_si256(left, load(packed + 32)));
    }
    static void store_signed(std::int8_t* to, Bytes packed) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_abs_epi8(packed));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32),
                            _mm256_cmpgt_epi8(_mm256_setzero_si256(), packed));
    }
    static Words correct(Words sums, Bytes packed) {
        const Bytes negative = _mm256_cmpgt_epi8(_mm256_setzero_si256(), packed);
        const Bytes owed = _mm256_and_si256(_mm256_abs_epi8(packed), negative);
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
    // Four vectors, saturated, in their order.
    static Bytes saturate(Words a, Words b, Words c, Words d) {
        const __m256i ab = _mm256_packs_epi32(bits(a), bits(b));
        const __m256i cd = _mm256_packs_epi32(bits(c), bits(d));
        return _mm256_permutevar8x32_epi32(_mm256_packs_epi16(ab, cd),
                                           _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
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
