/* The three ways. A function of its own, so that the compiler has all registers for the loop. */
#include "cb_products.h"

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)

#include <arm_mve.h>

int8_t *cb_gathered(int8_t *windows, uint32_t which, uint32_t depth) { return windows + which * depth; }
void cb_prepare(int8_t *windows, uint32_t which, uint32_t depth) { (void)windows, (void)which, (void)depth; }

void cb_products(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums) {
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (uint32_t k = 0; k < depth; k += 16) {
        const mve_pred16_t rest = vctp8q(depth - k);
        const int8x16_t a = vldrbq_z_s8(windows + k, rest), b = vldrbq_z_s8(windows + depth + k, rest);
        const int8x16_t u = vldrbq_z_s8(levels + k, rest), v = vldrbq_z_s8(levels + row + k, rest);
        s0 = vmladavaq_p_s8(s0, a, u, rest);
        s1 = vmladavaq_p_s8(s1, a, v, rest);
        s2 = vmladavaq_p_s8(s2, b, u, rest);
        s3 = vmladavaq_p_s8(s3, b, v, rest);
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

void cb_products_of_one(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums) {
    int32_t s0 = 0, s1 = 0;
    for (uint32_t k = 0; k < depth; k += 16) {
        const mve_pred16_t rest = vctp8q(depth - k);
        const int8x16_t a = vldrbq_z_s8(windows + k, rest);
        s0 = vmladavaq_p_s8(s0, a, vldrbq_z_s8(levels + k, rest), rest);
        s1 = vmladavaq_p_s8(s1, a, vldrbq_z_s8(levels + row + k, rest), rest);
    }
    sums[0] = sums[2] = s0, sums[1] = sums[3] = s1;
}

#elif defined(__ARM_FEATURE_DSP)

typedef struct {
    uint32_t value;
} __attribute__((packed, may_alias)) cb_word;

typedef uint32_t __attribute__((may_alias)) cb_aligned_word;

static inline uint32_t cb_load(const int8_t *from) { return ((const cb_word *)(const void *)from)->value; }
static inline void cb_store(int8_t *to, uint32_t value) { ((cb_word *)(void *)to)->value = value; }
/* Bytes 0 and 2, bytes 1 and 3, as two halves with their signs. */
static inline uint32_t cb_even(uint32_t x) {
    uint32_t halves;
    __asm__("sxtb16 %0, %1" : "=r"(halves) : "r"(x));
    return halves;
}
static inline uint32_t cb_odd(uint32_t x) {
    uint32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(x));
    return halves;
}
static inline int32_t cb_pair(uint32_t a, uint32_t b, int32_t sum) {
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

/* Windows lie in groups of 16 bytes: of four values each, the even and the odd ones of the first window, and of the
 * second. Values beyond the last four stay bytes, behind the groups. */
int8_t *cb_gathered(int8_t *windows, uint32_t which, uint32_t depth) {
    (void)which;
    return windows + 4 * depth;
}
void cb_prepare(int8_t *windows, uint32_t which, uint32_t depth) {
    const int8_t *from = windows + 4 * depth;
    int8_t *to = windows + 8 * which;
    for (uint32_t k = depth / 4; k > 0; --k, from += 4, to += 16) {
        const uint32_t x = cb_load(from);
        cb_store(to, cb_even(x));
        cb_store(to + 4, cb_odd(x));
    }
    to = windows + 16 * (depth / 4) + which * (depth % 4);
    for (uint32_t k = depth % 4; k > 0; --k) *to++ = *from++;
}

/* Groups a .. end - 1. A function of its own, with as many values as there are registers. */
static void __attribute__((noinline)) groups(const cb_aligned_word *a, const cb_aligned_word *end, const int8_t *u,
                                             const int8_t *v, int32_t *sums) {
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (uint32_t n = (uint32_t)(end - a) / 4; n != 0; --n, a += 4, u += 4, v += 4) {
        const uint32_t a0 = a[0], a1 = a[1], b0 = a[2], b1 = a[3];
        uint32_t x = cb_load(u), even = cb_even(x);
        x = cb_odd(x);
        s0 = cb_pair(a1, x, cb_pair(a0, even, s0));
        s2 = cb_pair(b1, x, cb_pair(b0, even, s2));
        x = cb_load(v), even = cb_even(x);
        x = cb_odd(x);
        s1 = cb_pair(a1, x, cb_pair(a0, even, s1));
        s3 = cb_pair(b1, x, cb_pair(b0, even, s3));
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* The same of the first window. */
static void __attribute__((noinline)) groups_of_one(const cb_aligned_word *a, const cb_aligned_word *end, const int8_t *u,
                                                    const int8_t *v, int32_t *sums) {
    int32_t s0 = 0, s1 = 0;
    for (uint32_t n = (uint32_t)(end - a) / 4; n != 0; --n, a += 4, u += 4, v += 4) {
        const uint32_t a0 = a[0], a1 = a[1], x = cb_load(u), y = cb_load(v);
        s0 = cb_pair(a1, cb_odd(x), cb_pair(a0, cb_even(x), s0));
        s1 = cb_pair(a1, cb_odd(y), cb_pair(a0, cb_even(y), s1));
    }
    sums[0] = sums[2] = s0, sums[1] = sums[3] = s1;
}

void cb_products_of_one(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums) {
    const uint32_t rest = depth % 4, whole = depth - rest;
    const cb_aligned_word *a = (const cb_aligned_word *)(const void *)windows;
    groups_of_one(a, a + whole, levels, levels + row, sums);
    for (uint32_t k = whole; k < depth; ++k) {
        const int32_t p = windows[4 * whole + k - whole];
        sums[0] += p * levels[k], sums[1] += p * levels[row + k];
    }
    sums[2] = sums[0], sums[3] = sums[1];
}

void cb_products(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums) {
    const uint32_t rest = depth % 4, whole = depth - rest;
    const cb_aligned_word *a = (const cb_aligned_word *)(const void *)windows;
    groups(a, a + whole, levels, levels + row, sums);
    windows += 4 * whole;
    levels += whole;
    for (uint32_t k = 0; k < rest; ++k) {
        const int32_t p = windows[k], q = windows[rest + k], u = levels[k], v = levels[row + k];
        sums[0] += p * u, sums[1] += p * v, sums[2] += q * u, sums[3] += q * v;
    }
}

#else

int8_t *cb_gathered(int8_t *windows, uint32_t which, uint32_t depth) { return windows + which * depth; }
void cb_prepare(int8_t *windows, uint32_t which, uint32_t depth) { (void)windows, (void)which, (void)depth; }

void cb_products(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums) {
    const int8_t *const second = windows + depth, *const other = levels + row;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (uint32_t k = 0; k < depth; ++k) {
        const int32_t p = windows[k], q = second[k], u = levels[k], v = other[k];
        s0 += p * u, s1 += p * v, s2 += q * u, s3 += q * v;
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

void cb_products_of_one(const int8_t *windows, const int8_t *levels, uint32_t row, uint32_t depth, int32_t *sums) {
    const int8_t *const other = levels + row;
    int32_t s0 = 0, s1 = 0;
    for (uint32_t k = 0; k < depth; ++k) s0 += windows[k] * levels[k], s1 += windows[k] * other[k];
    sums[0] = sums[2] = s0, sums[1] = sums[3] = s1;
}

#endif
