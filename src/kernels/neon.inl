// What the NEON sets share: Lanes without the product, which each of them has in its own way. Both
// operands of a product are signed, so nothing has to be made up for.
#pragma once

struct NeonLanes {
    using Bytes = int8x16_t;
    using Shorts = std::int16_t __attribute__((vector_size(16)));
    using Words = std::int32_t __attribute__((vector_size(16)));
    using Longs = std::uint64_t __attribute__((vector_size(16)));
    using Sums = Words;
    static constexpr int columns = 4, slice_bytes = 1 << 17, most_groups = 1 << 30;
    static constexpr int period = 1 << 30, small_bytes = 0;
    static constexpr int planes = 1;
    static constexpr bool corrections = false;

    static Bytes load(const std::int8_t* p) { return vld1q_s8(p); }
    static Bytes broadcast(const std::int8_t* p) {
        std::int32_t word;
        __builtin_memcpy(&word, p, 4);
        return vreinterpretq_s8_s32(vdupq_n_s32(word));
    }
    static bool is_small(const std::int8_t*, std::ptrdiff_t) { return false; }
    static Sums none() { return Sums{}; }
    static void settle(Sums&) {}
    static Words total(Sums sums) { return sums; }
    static void store_signed(std::int8_t* to, Bytes packed) { vst1q_s8(to, packed); }
    static Words correct(Words sums, Bytes) { return sums; }

    static Words load_some(const std::int32_t* p, int count) {
        std::int32_t words[4] = {};
        for (int i = 0; i < count; ++i)
            words[i] = p[i];
        return Words(vld1q_s32(words));
    }
    static void store_some(std::int32_t* p, Words v, int count) {
        for (int i = 0; i < count; ++i)
            p[i] = v[i];
    }

    static int8x8_t four(const std::int8_t* p) {
        std::int32_t word;
        __builtin_memcpy(&word, p, 4);
        return vreinterpret_s8_s32(vdup_n_s32(word));
    }
    static Words widen(const std::int8_t* p) {
        return Words(vmovl_s16(vget_low_s16(vmovl_s8(four(p)))));
    }
    static void narrow(std::int8_t* p, Words v) {
        const int16x4_t shorts = vqmovn_s32(int32x4_t(v));
        const int8x8_t bytes = vqmovn_s16(vcombine_s16(shorts, shorts));
        const std::int32_t word = vget_lane_s32(vreinterpret_s32_s8(bytes), 0);
        __builtin_memcpy(p, &word, 4);
    }
    // Four vectors, saturated, in their order.
    static Bytes saturate(Words a, Words b, Words c, Words d) {
        const int16x8_t ab = vcombine_s16(vqmovn_s32(int32x4_t(a)), vqmovn_s32(int32x4_t(b)));
        const int16x8_t cd = vcombine_s16(vqmovn_s32(int32x4_t(c)), vqmovn_s32(int32x4_t(d)));
        return vcombine_s8(vqmovn_s16(ab), vqmovn_s16(cd));
    }
    static Shorts widen_shorts(const std::int8_t* p) { return Shorts(vmovl_s8(vld1_s8(p))); }
    static void narrow_shorts(std::int8_t* p, Shorts v) { vst1_s8(p, vqmovn_s16(int16x8_t(v))); }

    // The upper halves of the 32-bit products.
    static Shorts multiply_high(Shorts a, Shorts b) {
        const auto x = int16x8_t(a), y = int16x8_t(b);
        const int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(y));
        const int32x4_t high = vmull_high_s16(x, y);
        return Shorts(vuzp2q_s16(vreinterpretq_s16_s32(low), vreinterpretq_s16_s32(high)));
    }
    static Shorts multiply_high_unsigned(Shorts a, Shorts b) {
        const auto x = uint16x8_t(a), y = uint16x8_t(b);
        const uint32x4_t low = vmull_u16(vget_low_u16(x), vget_low_u16(y));
        const uint32x4_t high = vmull_high_u16(x, y);
        return Shorts(vuzp2q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high)));
    }
    static Shorts add_saturated(Shorts a, Shorts b) {
        return Shorts(vqaddq_s16(int16x8_t(a), int16x8_t(b)));
    }
    static Shorts subtract_saturated(Shorts a, Shorts b) {
        return Shorts(vqsubq_s16(int16x8_t(a), int16x8_t(b)));
    }
    static Words sum_pairs(Shorts v) { return Words(vpaddlq_s16(int16x8_t(v))); }

    // Products of the lower words; then the even, or odd, elements of a and b by turns.
    static Longs multiply_words(Longs a, Longs b) {
        return Longs(vmull_u32(vmovn_u64(uint64x2_t(a)), vmovn_u64(uint64x2_t(b))));
    }
    static Longs zip_even(Longs a, Longs b) {
        return Longs(vzip1q_u64(uint64x2_t(a), uint64x2_t(b)));
    }
    static Longs zip_odd(Longs a, Longs b) {
        return Longs(vzip2q_u64(uint64x2_t(a), uint64x2_t(b)));
    }
};
