/* Draws of feedback synapses. */
#include "cb_feedback.h"

#include "cb_fixed.h"
#include "cb_state.h"

uint32_t cb_redrawn_at(const cb_net *net, const cb_block *b, const void *state) {
    return net->redrawn && b->learns ? ((const cb_header *)state)->step : 0;
}

cb_feedback cb_feedback_of(const cb_net *net, uint32_t block, uint32_t drawn) {
    cb_feedback f;
    f.magnitudes = cb_stream_of(net->seed, CB_DRAW_MAGNITUDE, block, drawn);
    f.masks = cb_stream_of(net->seed, CB_DRAW_MASK, block, drawn);
    return f;
}

int32_t cb_feedback_mask(const cb_net *net, cb_feedback *f, uint32_t i) {
    return !net->masked || cb_half(&f->masks, i) < net->concordance ? 1 : -1;
}

int32_t cb_is_negative(const cb_net *net, const cb_block *b, cb_feedback *f, int32_t code, uint32_t i) {
    if (code == 0) return 0;
    if (code == cb_negative_zero(b->bits)) return 1;
    return (code < 0) != (cb_feedback_mask(net, f, i) < 0);
}

/* Twelve uniform numbers make a normal one. */
static int32_t normal(const cb_net *net, cb_feedback *f, uint32_t i) {
    int64_t sum = -12 * 32768 + 6;
    const int32_t top = net->feedback_top;
    for (uint32_t k = 0; k < 12; ++k) sum += cb_half(&f->magnitudes, 12 * i + k);
    const int64_t level = cb_floor64(sum * 2 * top / 5 + 32768, 16);
    return (int32_t)(level < -top ? -top : level > top ? top : level);
}

int32_t cb_feedback_level(const cb_net *net, const cb_block *b, cb_feedback *f, int32_t code, uint32_t i) {
    int32_t size = net->feedback_top;
    if (net->magnitude == CB_SYMMETRIC) return code == cb_negative_zero(b->bits) ? 0 : code;
    if (net->magnitude == CB_NORMAL) return normal(net, f, i);
    if (net->magnitude == CB_UNIFORM && size > 1)
        size = 1 + (int32_t)(cb_half(&f->magnitudes, i) * net->feedback_top >> 16);
    return cb_is_negative(net, b, f, code, i) ? -size : size;
}

void cb_feedback_row(const cb_net *net, const cb_block *b, cb_feedback *f, const void *state, uint32_t output, int8_t *row) {
    const uint8_t *levels = cb_levels(b, state) + output * cb_row_bytes(b);
    const int32_t zero = cb_negative_zero(b->bits);
    for (uint32_t k = 0; k < b->depth; ++k) {
        const int32_t code = cb_code(levels, b->bits, k);
        const int hidden = net->zero_at_zero && (code == 0 || code == zero);
        row[k] = hidden ? (int8_t)0 : (int8_t)cb_feedback_level(net, b, f, code, output * b->depth + k);
    }
}
