/* @name@: levels, constants and calls. Written by crossbar_sim export; train again rather than change it. */
#include "@name@.h"

@tables@int @name@_infer_of(uint32_t version, const uint8_t *pixels, int32_t *logits, void *arena, uint32_t arena_bytes) {
    int8_t *const maps = (int8_t *)arena;
    if (version != @NAME@_VERSION) return CB_VERSION;
    if (pixels == 0 || logits == 0 || arena == 0) return CB_NULL;
    if (((uintptr_t)arena & 3u) != 0) return CB_ALIGNED;
    if (arena_bytes < @NAME@_ARENA_BYTES) return CB_ARENA;
@calls@    return CB_OK;
}
