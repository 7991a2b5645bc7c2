/* Unsigned numbers of 128 bits, for variances and for budgets of pulses. */
#ifndef CB_U128_H
#define CB_U128_H

#include <stdint.h>

typedef struct {
    uint64_t high, low;
} cb_u128;

static inline cb_u128 cb_u128_product(uint64_t a, uint64_t b) {
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    cb_u128 r;
    r.high = a1 * b1 + (middle >> 32) + (other >> 32);
    r.low = other << 32 | (uint32_t)low;
    return r;
}

static inline cb_u128 cb_u128_times(cb_u128 a, uint64_t b) {
    cb_u128 r = cb_u128_product(a.low, b);
    r.high += a.high * b;
    return r;
}

static inline cb_u128 cb_u128_minus(cb_u128 a, cb_u128 b) {
    cb_u128 r;
    r.high = a.high - b.high - (a.low < b.low ? 1u : 0u);
    r.low = a.low - b.low;
    return r;
}

/* a / b, b not 0. */
static inline cb_u128 cb_u128_over(cb_u128 a, cb_u128 b) {
    cb_u128 rest = {0, 0}, quotient = {0, 0};
    for (int i = 0; i < 128; ++i) {
        rest.high = rest.high << 1 | rest.low >> 63;
        rest.low = rest.low << 1 | a.high >> 63;
        a.high = a.high << 1 | a.low >> 63;
        a.low <<= 1;
        quotient.high = quotient.high << 1 | quotient.low >> 63;
        quotient.low <<= 1;
        if (rest.high > b.high || (rest.high == b.high && rest.low >= b.low)) {
            rest = cb_u128_minus(rest, b);
            quotient.low |= 1;
        }
    }
    return quotient;
}

#endif
