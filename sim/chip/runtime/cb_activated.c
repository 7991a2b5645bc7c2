/* A stored sum to an activation. */
#include "cb_fixed.h"
#include "cb_net.h"

int8_t cb_activated(const cb_activation *a, int32_t sum, uint32_t output) {
    const int32_t top = a->top;
    int32_t q;
    if (a->factor == 0) {
        q = cb_nearest(sum, a->shift);
    } else {
        const int64_t d = cb_floor32(sum - a->mean[output], a->shift);
        const int64_t wide = cb_floor64(d * a->factor[output] + a->offset[output], 22);
        q = wide > top ? top : wide < -top ? -top : (int32_t)wide;
        if (a->gain != 0) q = cb_floor32(q * a->gain[output] + a->bias[output], 12);
    }
    return (int8_t)cb_limit(q, a->least, top);
}
