/* @name@: what its training begins with and goes by. Written by crossbar_sim export; export again rather than change it. */
#include "@name@_learn.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the state is little-endian"
#endif

/* The state, but for the zeros at its end. */
static const uint8_t initial[] = {
@initial@};

@tables@
static const cb_block blocks[] = {
@blocks@};

static const cb_epoch epochs[] = {
@epochs@};

static const cb_net net = {
@net@};

int @name@_start_of(uint32_t version, void *state, uint32_t state_bytes) {
    uint8_t *const bytes = (uint8_t *)state;
    if (version != @NAME@_LEARN_VERSION) return CB_VERSION;
    if (state == 0) return CB_NULL;
    if (((uintptr_t)state & 7u) != 0) return CB_ALIGNED;
    if (state_bytes < @NAME@_STATE_BYTES) return CB_ARENA;
    for (uint32_t i = 0; i < @NAME@_STATE_BYTES; ++i) bytes[i] = i < sizeof initial ? initial[i] : (uint8_t)0;
    return CB_OK;
}

int @name@_train_batch_of(uint32_t version, const uint8_t *pixels, const uint16_t *labels, uint32_t images, void *state,
                          void *arena, uint32_t arena_bytes, uint32_t *wrong) {
    int code = cb_check_state(&net, version, state);
    if (code == CB_OK) code = cb_check_arena(&net, arena, arena_bytes);
    if (code == CB_OK) code = cb_check_batch(&net, pixels, labels, images);
    if (code == CB_OK) cb_train(&net, pixels, labels, images, state, arena, wrong);
    return code;
}

int @name@_learnt_infer_of(uint32_t version, const uint8_t *pixels, int32_t *logits, const void *state, void *arena,
                           uint32_t arena_bytes) {
    int code = cb_check_state(&net, version, state);
    if (code == CB_OK) code = cb_check_arena(&net, arena, arena_bytes);
    if (code == CB_OK && (pixels == 0 || logits == 0)) code = CB_NULL;
    if (code == CB_OK) cb_infer(&net, pixels, logits, state, arena);
    return code;
}

uint64_t @name@_signature(const void *state) { return cb_signature(&net, state); }
