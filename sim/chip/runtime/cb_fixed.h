/* Integer arithmetic that C99 leaves open or lacks. Values are int32_t; all fit by the bounds of the network. */
#ifndef CB_FIXED_H
#define CB_FIXED_H

#include <stdint.h>

/* Towards minus infinity. C leaves >> of a negative number to the compiler; all that are known copy the sign. */
#if (-1 >> 1) == -1
static inline int32_t cb_floor32(int32_t x, uint32_t shift) { return x >> shift; }
static inline int64_t cb_floor64(int64_t x, uint32_t shift) { return x >> shift; }
#else
static inline int32_t cb_floor32(int32_t x, uint32_t shift) { return x < 0 ? ~(~x >> shift) : x >> shift; }
static inline int64_t cb_floor64(int64_t x, uint32_t shift) { return x < 0 ? ~(~x >> shift) : x >> shift; }
#endif

static inline int32_t cb_limit(int32_t x, int32_t least, int32_t most) {
    if (x < least) return least;
    return x > most ? most : x;
}

/* x / 2^shift to the nearest, a half away from 0. */
static inline int32_t cb_nearest(int32_t x, uint32_t shift) {
    if (shift == 0) return x;
    return cb_floor32(x + (int32_t)(1L << (shift - 1)) - (x < 0 ? 1 : 0), shift);
}

/* A stored sum: half up. */
static inline int32_t cb_stored(int64_t sum, uint32_t shift) {
    if (shift == 0) return (int32_t)sum;
    return (int32_t)cb_floor64(sum + ((int64_t)1 << (shift - 1)), shift);
}

#endif
