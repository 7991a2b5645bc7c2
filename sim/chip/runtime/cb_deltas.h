/* Deltas of 32 bits to 8 bits: one shift for a whole batch brings the largest to the bits of the format. */
#ifndef CB_DELTAS_H
#define CB_DELTAS_H

#include "cb_fixed.h"
#include "cb_learn.h"
#include "cb_random.h"

typedef struct {
    uint32_t largest; /* of what is to come */
    uint32_t shift;
    int32_t top;
    int random;
    cb_stream halves;
} cb_narrowing;

static inline void cb_see(cb_narrowing *n, int32_t x) {
    const uint32_t size = x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
    if (size > n->largest) n->largest = size;
}

/* For deltas of this lane in batch `step`; then cb_see all, cb_set_shift, and narrow each with its number in the batch. */
cb_narrowing cb_narrowing_of(const cb_net *net, uint32_t lane, uint32_t step);
void cb_set_shift(cb_narrowing *narrowing);
int8_t cb_narrowed(cb_narrowing *narrowing, int32_t x, uint32_t number);

/* Deltas at the sums of the last layer from its logits: images x classes. Returns how many answers were wrong. */
uint32_t cb_loss(const cb_net *net, const int32_t *logits, int32_t exponent, const uint16_t *labels, uint32_t images,
                 uint32_t step, int32_t *wide, int8_t *deltas);

extern const uint32_t cb_exp[4096]; /* exp(-i / 256) * 2^30 */

#endif
