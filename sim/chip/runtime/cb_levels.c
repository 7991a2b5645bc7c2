/* Packed levels of one output to bytes. */
#include "cb_net.h"

const int8_t *cb_levels(const cb_layer *layer, uint32_t output, int8_t *row) {
    const uint32_t bits = layer->bits, depth = layer->depth;
    const uint8_t *packed = (const uint8_t *)layer->levels + output * ((depth * bits + 7) / 8);
    if (bits == 8) return (const int8_t *)packed;
    const int32_t mask = (int32_t)((1U << bits) - 1), sign = (int32_t)(1U << (bits - 1));
    for (uint32_t i = 0; i < depth; packed++)
        for (uint32_t shift = 0; shift < 8 && i < depth; shift += bits) {
            const int32_t level = (*packed >> shift) & mask;
            row[i++] = (int8_t)(bits == 1 ? 2 * level - 1 : (level ^ sign) - sign);
        }
    return row;
}
