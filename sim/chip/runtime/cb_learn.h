/* Learning on the chip: one batch through a chain of layers, back through feedback synapses, and pulses by the signs of
 * the gradient, as the simulator has it (docs/learning.md, docs/arithmetic.md), bit for bit. C99 with <stdint.h> alone.
 *
 * Two pieces of memory are the caller's. The state is what a training keeps: levels, counters or traces, running
 * statistics; it may be copied to flash and back. The arena is what one call needs.
 *
 * A block is a layer with what follows until the next one. Of a batch only the blocks' outputs are kept; what lies within
 * a block is computed anew on the way back, image by image. A dense layer sees the batch as one image, whose positions
 * are the images. */
#ifndef CB_LEARN_H
#define CB_LEARN_H

#include "cb_net.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    cb_window window;
    uint16_t stage;           /* number in the network: address of random numbers */
    uint8_t average;          /* a mean, else the largest */
    uint8_t rectified;        /* a relu follows */
    uint8_t sums;             /* its deltas are added up, and narrowed: a mean, or windows that overlap */
    uint32_t out, which, below; /* maps in the scratch: its output but of the last pool, places of the largest, deltas */
} cb_pool;

/* Levels are packed as in cb_layer, but the code -2^(bits-1) of 2 bits and more is a zero whose feedback synapse is
 * negative; that of the code 0 is positive. */
typedef struct {
    cb_window window;         /* dense: 1x1 over the images of a batch */
    const cb_pool *pools;
    const void *levels;       /* that training begins with */
    uint32_t depth;
    uint16_t outputs;
    uint8_t bits, top, sum_shift;
    uint8_t dense, normalised, learns, passes_delta;
    uint8_t rectified;        /* a relu follows */
    uint8_t pool_count;
    int16_t exponent;         /* of a level */
    int32_t decay;
    uint8_t decay_shift;
    uint32_t in_size, out_size; /* of an image; dense: values of an image */
    /* In the state, bytes from its beginning. */
    uint32_t levels_at, traces_at, running_at, counts_at;
    uint32_t traces;          /* traces or counters: fewer than synapses where they are shared */
    /* In the arena. */
    uint32_t in, out, delta, delta_below, constants, scratch_forward, scratch_back;
    /* In the scratch: unpacked rows of levels, windows, activations, deltas at sums, deltas below before they are
     * narrowed, sums of inputs, of deltas, three constants of each output, gradient. */
    uint32_t rows, windows, x, sum_delta, wide, input_sum, residual, slopes, gradient;
    uint32_t group;           /* rows whose gradient is summed at a time */
} cb_block;

enum { CB_BM1, CB_BM2, CB_BM3, CB_BM4 };
enum { CB_SYMMETRIC, CB_ONE, CB_UNIFORM, CB_NORMAL };

/* What one epoch goes by: rates of all layers and of the last, or a quorum. */
typedef struct {
    uint16_t rate, readout_rate;
    uint8_t rate_shift, readout_shift;
    uint16_t quorum, skip;
} cb_epoch;

typedef struct {
    const cb_block *blocks;
    const cb_epoch *epochs;
    uint64_t seed;
    uint64_t smoothing;       /* label smoothing * 2^30 */
    uint32_t version, block_count, epoch_count, batch, classes, pixels, state_bytes, arena_bytes;
    uint32_t epoch_batches;
    uint32_t pulse_budget;    /* pulses per synapse * 1024; 0: none */
    uint32_t concordance;     /* * 65536 */
    int32_t momentum;         /* * 32768 */
    uint16_t gain;            /* * 1024 */
    uint16_t counter_top, counter_share;
    uint32_t counter_leak;
    uint8_t counter_bits, sampled, spare, rule;
    uint8_t input_top, top, error_top, unit_bits; /* activations, deltas; levels of a standard deviation 2^unit_bits */
    uint8_t stochastic_errors, nearest_updates, balanced;
    uint8_t magnitude, feedback_top, signs_follow, redrawn, masked, zero_at_zero;
    uint32_t loss_lane;
} cb_net;

/* Pools that a block may have. */
#define CB_POOLS 4

/* The functions behind those of NAME_learn.h, which check their arguments. */
void cb_train(const cb_net *net, const uint8_t *pixels, const uint16_t *labels, uint32_t images, void *state, void *arena,
              uint32_t *wrong);
void cb_infer(const cb_net *net, const uint8_t *pixels, int32_t *logits, const void *state, void *arena);
uint64_t cb_signature(const cb_net *net, const void *state);

/* CB_OK, or what is wrong. */
int cb_check_state(const cb_net *net, uint32_t version, const void *state);
int cb_check_arena(const cb_net *net, const void *arena, uint32_t arena_bytes);
int cb_check_batch(const cb_net *net, const uint8_t *pixels, const uint16_t *labels, uint32_t images);

#ifdef __cplusplus
}
#endif
#endif
