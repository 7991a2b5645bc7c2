/* The sum of two maps. */
#include "cb_fixed.h"
#include "cb_net.h"

void cb_add(const int8_t *coarse, const int8_t *fine, int8_t *out, uint32_t size, uint8_t up, uint8_t down, int8_t least,
            int8_t top) {
    for (uint32_t i = 0; i < size; ++i) {
        const int32_t sum = coarse[i] * (int32_t)(1L << up) + fine[i];
        out[i] = (int8_t)cb_limit(cb_nearest(sum, down), least, top);
    }
}
