/* @name@: a network that goes on learning where it is. See LEARN.md. */
#ifndef @NAME@_LEARN_H
#define @NAME@_LEARN_H

#include <stdint.h>

#include "runtime/cb_learn.h"

#define @NAME@_BATCH @batch@
#define @NAME@_LEARN_PIXELS @pixels@
#define @NAME@_LEARN_CLASSES @classes@
#define @NAME@_STATE_BYTES @state@
#define @NAME@_LEARN_BYTES @arena@
#define @NAME@_LEARN_VERSION @version@

#ifdef __cplusplus
extern "C" {
#endif

/* Call the functions below, which tell this header's version. */
int @name@_start_of(uint32_t version, void *state, uint32_t state_bytes);
int @name@_train_batch_of(uint32_t version, const uint8_t *pixels, const uint16_t *labels, uint32_t images, void *state,
                          void *arena, uint32_t arena_bytes, uint32_t *wrong);
int @name@_learnt_infer_of(uint32_t version, const uint8_t *pixels, int32_t *logits, const void *state, void *arena,
                           uint32_t arena_bytes);
/* Of a state that was started: what the simulator prints for the same levels, counters and statistics. */
uint64_t @name@_signature(const void *state);

#ifdef __cplusplus
}
#endif

/* All functions return CB_OK, or what was wrong (cb_net.h), and then have written nothing. State and arena are the caller's: a
 * state of @NAME@_STATE_BYTES, aligned to 8, is what is learnt, and may be copied away and back; an arena of @NAME@_LEARN_BYTES,
 * aligned to 4, may be used for other things between two calls. */

/* The state as it was exported. */
static inline int @name@_start(void *state, uint32_t state_bytes) { return @name@_start_of(@NAME@_LEARN_VERSION, state, state_bytes); }

/* A place for a batch's pixels that costs no memory: a part of the arena, which training uses up. */
static inline uint8_t *@name@_batch_pixels(void *arena) { return (uint8_t *)arena + @pixels_at@; }

/* One training step on 1 to @NAME@_BATCH images, of @NAME@_LEARN_PIXELS bytes each, with labels below @NAME@_LEARN_CLASSES. `wrong`, unless
 * it is null, becomes how many of them the network did not yet know. */
static inline int @name@_train_batch(const uint8_t *pixels, const uint16_t *labels, uint32_t images, void *state, void *arena,
                                     uint32_t arena_bytes, uint32_t *wrong) {
    return @name@_train_batch_of(@NAME@_LEARN_VERSION, pixels, labels, images, state, arena, arena_bytes, wrong);
}

/* Logits of one image by what was learnt, with the running statistics of normalisation. */
static inline int @name@_learnt_infer(const uint8_t *pixels, int32_t *logits, const void *state, void *arena,
                                      uint32_t arena_bytes) {
    return @name@_learnt_infer_of(@NAME@_LEARN_VERSION, pixels, logits, state, arena, arena_bytes);
}

#endif
