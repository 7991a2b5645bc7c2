/* Batch normalisation in training: sums of a batch to constants of each output, forward and back (docs/arithmetic.md,
 * section 5). */
#ifndef CB_NORM_H
#define CB_NORM_H

#include "cb_fixed.h"
#include "cb_learn.h"
#include "cb_u128.h"

/* Of one output in one batch: sum and sum of squares. */
typedef struct {
    int64_t sum;
    cb_u128 square;
} cb_moments;

/* Of a block in one batch, or of what a test goes by; arrays of one value an output lie at block->constants. */
typedef struct {
    int32_t *mean, *factor, *offset;
    uint32_t *sigma;
    uint32_t floor;  /* channels below it count as constant */
    uint8_t shift;
} cb_constants;

cb_constants cb_constants_of(const cb_block *block, void *arena);

static inline void cb_add_moment(cb_moments *m, int32_t s) {
    const uint64_t square = (uint64_t)((int64_t)s * s), low = m->square.low + square;
    m->sum += s;
    m->square.high += low < square ? 1u : 0u;
    m->square.low = low;
}

/* Mean and deviation of one output from its moments of `rows` sums, or from statistics; into mean, offset, sigma. */
void cb_statistics(const cb_moments *moments, uint32_t rows, int64_t *mean, int64_t *variance);
void cb_put_statistics(cb_constants *c, uint32_t output, int64_t mean, int64_t variance);
/* running += (batch - running) / 16; the first batch as it is. */
void cb_blend(int64_t *running, int64_t batch, uint32_t started);
/* Those of all outputs to factors and offsets; finds floor and shift. */
void cb_fold(const cb_net *net, uint32_t outputs, cb_constants *c);
/* Floor and shift once more, of constants that were folded before. */
void cb_find_floor(uint32_t outputs, cb_constants *c);

/* In mean and slope the sums of deltas e and of e x over `rows` positions: to mean, slope and gain of deltas. */
void cb_delta_tables(const cb_net *net, const cb_constants *c, uint32_t outputs, uint32_t rows, int32_t *mean, int32_t *slope,
                     int32_t *gain);
/* A delta at the activations to one at the sums, before it is narrowed. */
static inline int32_t cb_wide_delta(int32_t e, int32_t x, int32_t mean, int32_t slope, int32_t gain) {
    return cb_floor32((e * 256 - mean - cb_floor32(x * slope, 8)) * gain, 4);
}

#endif
