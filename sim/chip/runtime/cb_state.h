/* The state of a training in memory: a header, then of each block two counts, running statistics, levels, traces. */
#ifndef CB_STATE_H
#define CB_STATE_H

#include "cb_learn.h"

typedef struct {
    uint32_t version;
    uint32_t step; /* batches so far */
} cb_header;

typedef struct {
    uint64_t pulses; /* sent */
    uint64_t copies; /* of signs, or new magnitudes, to feedback synapses */
    uint32_t started; /* running statistics, or the shift, hold a batch */
    int32_t shift;   /* of activations without normalisation */
} cb_counts;

static inline cb_header *cb_head(void *state) { return (cb_header *)state; }
static inline cb_counts *cb_counts_of(const cb_block *b, void *state) { return (cb_counts *)(void *)((uint8_t *)state + b->counts_at); }
/* Means of all outputs, then variances, 16 fractional bits. */
static inline int64_t *cb_running(const cb_block *b, void *state) { return (int64_t *)(void *)((uint8_t *)state + b->running_at); }
/* Where a layer does not learn its levels stay in flash. */
static inline const uint8_t *cb_levels(const cb_block *b, const void *state) {
    return b->learns ? (const uint8_t *)state + b->levels_at : (const uint8_t *)b->levels;
}
static inline uint32_t cb_row_bytes(const cb_block *b) { return (b->depth * b->bits + 7) / 8; }

/* A level as it is stored: -2^(bits-1) is the zero of a negative feedback synapse. */
int32_t cb_code(const uint8_t *row, uint32_t bits, uint32_t k);
void cb_put_code(uint8_t *row, uint32_t bits, uint32_t k, int32_t code);
static inline int32_t cb_negative_zero(uint32_t bits) { return bits == 1 ? -2 : -(int32_t)(1L << (bits - 1)); }

/* Trace `i`: 16 bits of bm1 to bm3, or a counter of counter_bits. */
int32_t cb_trace(const cb_net *net, const uint8_t *traces, uint32_t i);
void cb_put_trace(const cb_net *net, uint8_t *traces, uint32_t i, int32_t value);
void cb_clear_traces(const cb_net *net, const cb_block *b, void *state);

#endif
