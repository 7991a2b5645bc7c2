/* One batch, one test, and what is checked before them. */
#include "cb_learn.h"

#include "cb_pass.h"

int cb_check_state(const cb_net *net, uint32_t version, const void *state) {
    if (version != net->version) return CB_VERSION;
    if (state == 0) return CB_NULL;
    if (((uintptr_t)state & 7u) != 0) return CB_ALIGNED;
    return ((const cb_header *)state)->version == net->version ? CB_OK : CB_STATE;
}

int cb_check_arena(const cb_net *net, const void *arena, uint32_t arena_bytes) {
    if (arena == 0) return CB_NULL;
    if (((uintptr_t)arena & 3u) != 0) return CB_ALIGNED;
    return arena_bytes < net->arena_bytes ? CB_ARENA : CB_OK;
}

int cb_check_batch(const cb_net *net, const uint8_t *pixels, const uint16_t *labels, uint32_t images) {
    if (pixels == 0 || labels == 0) return CB_NULL;
    if (images == 0 || images > net->batch) return CB_COUNT;
    for (uint32_t i = 0; i < images; ++i)
        if (labels[i] >= net->classes) return CB_LABEL;
    return CB_OK;
}

static cb_call call_of(const cb_net *net, uint32_t images, uint32_t step, void *state, void *arena) {
    cb_call call;
    call.net = net;
    call.state = (uint8_t *)state;
    call.arena = (uint8_t *)arena;
    call.images = images;
    call.step = step;
    return call;
}

/* Pixels to logits, and the exponent of a sum of the last layer. */
static int32_t all_forward(const cb_call *call, const uint8_t *pixels, int32_t *logits) {
    const cb_net *net = call->net;
    int32_t exponent = 0;
    for (uint32_t top = net->input_top; top != 0; top >>= 1) --exponent;
    cb_pixels(pixels, (int8_t *)call->arena + net->blocks[0].in, call->images * net->pixels, (int8_t)net->input_top);
    for (uint32_t i = 0; i < net->block_count; ++i)
        exponent = cb_forward(call, i, exponent, i + 1 == net->block_count ? logits : 0);
    return exponent;
}

void cb_train(const cb_net *net, const uint8_t *pixels, const uint16_t *labels, uint32_t images, void *state, void *arena,
              uint32_t *wrong) {
    const cb_call call = call_of(net, images, cb_head(state)->step + 1, state, arena);
    const cb_block *last = &net->blocks[net->block_count - 1];
    int32_t *const logits = (int32_t *)(void *)(call.arena + last->out);
    const int32_t exponent = all_forward(&call, pixels, logits);
    int32_t *const wide = logits + images * net->classes;
    const uint32_t errors =
        cb_loss(net, logits, exponent, labels, images, call.step, wide, (int8_t *)call.arena + last->delta);
    for (uint32_t i = net->block_count; i > 0; --i)
        if (net->blocks[i - 1].learns || net->blocks[i - 1].passes_delta) cb_backward(&call, i - 1);
    ++cb_head(state)->step;
    if (wrong != 0) *wrong = errors;
}

void cb_infer(const cb_net *net, const uint8_t *pixels, int32_t *logits, const void *state, void *arena) {
    const cb_call call = call_of(net, 1, 0, (void *)(uintptr_t)state, arena); /* which is only read */
    all_forward(&call, pixels, logits);
}
