/* One block at work on the images of a batch. */
#ifndef CB_PASS_H
#define CB_PASS_H

#include "cb_deltas.h"
#include "cb_norm.h"
#include "cb_state.h"

/* What the passes of one call have in common. */
typedef struct {
    const cb_net *net;
    uint8_t *state, *arena;
    uint32_t images;
    uint32_t step; /* of this batch, from 1; 0: a test, by the statistics of training */
} cb_call;

/* Where a block's work lies in this pass. */
typedef struct {
    const cb_block *block;
    cb_window window; /* of a dense layer over these images */
    uint8_t *scratch;
    uint32_t units;   /* images, or one of a dense layer */
    uint32_t positions;
    uint32_t in_size, x_size, out_size; /* values of a unit */
    cb_constants constants;
    int32_t shift;    /* of activations without normalisation */
} cb_work;

cb_work cb_work_of(const cb_call *call, uint32_t block, int back);

static inline const int8_t *cb_input(const cb_call *call, const cb_work *w, uint32_t unit) {
    return (const int8_t *)call->arena + w->block->in + unit * w->in_size;
}
static inline int8_t *cb_at(const cb_work *w, uint32_t offset) { return (int8_t *)w->scratch + offset; }
static inline int32_t *cb_words_at(const cb_work *w, uint32_t offset) { return (int32_t *)(void *)(w->scratch + offset); }

/* Input -> statistics, output; logits of the last block to `logits`. Returns the exponent of the output, from that of
 * the input. */
int32_t cb_forward(const cb_call *call, uint32_t block, int32_t exponent, int32_t *logits);
/* Activations of one unit, and what follows in the block, once more. `out`: where the block's output goes. */
void cb_activations(const cb_call *call, const cb_work *work, uint32_t unit, int8_t *out);
/* Delta at the output -> delta at the input, and pulses. */
void cb_backward(const cb_call *call, uint32_t block);

/* Pools of one unit. `least`: 0 where a relu stands before it. */
void cb_pool_forward(const cb_pool *pool, const int8_t *in, int32_t least, int8_t *out, uint8_t *which);
/* A delta below a pool before it is narrowed, in units of 1 (max) or 1/256 (mean). */
int32_t cb_pool_delta(const cb_pool *pool, const int8_t *deltas, const uint8_t *which, uint32_t y, uint32_t x, uint32_t channel);

#endif
