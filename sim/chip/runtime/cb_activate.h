/* Stored sums to activations. */
#ifndef CB_ACTIVATE_H
#define CB_ACTIVATE_H

#include "cb_fixed.h"
#include "cb_net.h"

static inline int8_t cb_normalised(int32_t sum, int32_t mean, int32_t factor, int32_t offset, const cb_activation *a,
                                   uint32_t output) {
    const int64_t wide = cb_floor64((int64_t)cb_floor32(sum - mean, a->shift) * factor + offset, 22);
    const int32_t top = a->top;
    if (a->gain == 0) return (int8_t)(wide > top ? top : wide < a->least ? a->least : (int32_t)wide);
    const int32_t q = wide > top ? top : wide < -top ? -top : (int32_t)wide;
    return (int8_t)cb_limit(cb_floor32(q * a->gain[output] + a->bias[output], 12), a->least, top);
}

/* Two sums of one output, which may be the same. */
static inline void cb_activate(const cb_activation *a, uint32_t output, int32_t first, int32_t second, int8_t *to_first,
                               int8_t *to_second) {
    if (a->factor == 0) {
        *to_first = (int8_t)cb_limit(cb_nearest(first, a->shift), a->least, a->top);
        *to_second = (int8_t)cb_limit(cb_nearest(second, a->shift), a->least, a->top);
    } else {
        const int32_t mean = a->mean[output], factor = a->factor[output], offset = a->offset[output];
        *to_first = cb_normalised(first, mean, factor, offset, a, output);
        *to_second = cb_normalised(second, mean, factor, offset, a, output);
    }
}

#endif
