/* @name@: a trained network, pixels to logits. See README.md. */
#ifndef @NAME@_H
#define @NAME@_H

#include <stdint.h>

#include "runtime/cb_net.h"

#define @NAME@_HEIGHT @height@
#define @NAME@_WIDTH @width@
#define @NAME@_CHANNELS @channels@
#define @NAME@_PIXELS (@height@ * @width@ * @channels@)
#define @NAME@_CLASSES @classes@
#define @NAME@_ARENA_BYTES @arena@
#define @NAME@_VERSION @version@

#ifdef __cplusplus
extern "C" {
#endif

/* Call @name@_infer, which tells this header's version. */
int @name@_infer_of(uint32_t version, const uint8_t *pixels, int32_t *logits, void *arena, uint32_t arena_bytes);

#ifdef __cplusplus
}
#endif

/* Pixels 0..255, height x width x channels, channels varying fastest -> @classes@ logits, the largest of which is the answer
 * (cb_class). The arena, of
 * @NAME@_ARENA_BYTES at least and aligned to 4, may be used for other things between two calls. Returns CB_OK,
 * or what was wrong (cb_net.h), and then has written nothing. */
static inline int @name@_infer(const uint8_t *pixels, int32_t *logits, void *arena, uint32_t arena_bytes) {
    return @name@_infer_of(@NAME@_VERSION, pixels, logits, arena, arena_bytes);
}

#endif
