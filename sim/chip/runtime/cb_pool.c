/* Pools in training: the place of each maximum, and deltas on the way back. */
#include "cb_pass.h"
#include "cb_window.h"

static uint32_t inside(const cb_inside *s) { return (s->end_row - s->first_row) * (s->end_column - s->first_column); }

static int8_t largest(const cb_window *w, const cb_inside *s, const int8_t *in, int32_t least, uint8_t *which) {
    int32_t most = -128;
    for (uint32_t i = s->first_row; i < s->end_row; ++i) {
        const int8_t *pixel = in + ((s->row + i - s->first_row) * w->in_width + s->column) * w->channels;
        for (uint32_t j = s->first_column; j < s->end_column; ++j, pixel += w->channels) {
            const int32_t value = *pixel < least ? least : *pixel;
            if (value <= most) continue;
            most = value;
            *which = (uint8_t)(i * w->kernel_width + j);
        }
    }
    return (int8_t)most;
}

static int8_t mean(const cb_window *w, const cb_inside *s, const int8_t *in, int32_t least) {
    const uint32_t n = inside(s);
    int32_t sum = 0;
    for (uint32_t i = 0; i < s->end_row - s->first_row; ++i)
        for (uint32_t j = 0; j < s->end_column - s->first_column; ++j) {
            const int32_t value = in[((s->row + i) * w->in_width + s->column + j) * w->channels];
            sum += value < least ? least : value;
        }
    return (int8_t)cb_floor32(sum * (int32_t)((65536 + n / 2) / n) + 32768, 16);
}

void cb_pool_forward(const cb_pool *pool, const int8_t *in, int32_t least, int8_t *out, uint8_t *which) {
    const cb_window *w = &pool->window;
    for (uint32_t y = 0; y < w->out_height; ++y)
        for (uint32_t x = 0; x < w->out_width; ++x) {
            const cb_inside s = cb_window_at(w, y, x);
            for (uint32_t c = 0; c < w->channels; ++c, ++out) {
                *out = pool->average ? mean(w, &s, in + c, least) : largest(w, &s, in + c, least, which++);
                if (pool->rectified && *out < 0) *out = 0;
            }
        }
}

/* First of the outputs whose windows see this pixel, and the one behind the last. */
static void seen(uint32_t at, uint32_t pad, uint32_t kernel, uint32_t stride, uint32_t outputs, uint32_t *first, uint32_t *end) {
    const uint32_t place = at + pad;
    *first = place < kernel ? 0 : (place - kernel) / stride + 1;
    *end = place / stride + 1 < outputs ? place / stride + 1 : outputs;
}

int32_t cb_pool_delta(const cb_pool *pool, const int8_t *deltas, const uint8_t *which, uint32_t y, uint32_t x, uint32_t channel) {
    const cb_window *w = &pool->window;
    uint32_t first_y, end_y, first_x, end_x;
    int32_t sum = 0;
    seen(y, w->pad, w->kernel_height, w->stride, w->out_height, &first_y, &end_y);
    seen(x, w->pad, w->kernel_width, w->stride, w->out_width, &first_x, &end_x);
    for (uint32_t oy = first_y; oy < end_y; ++oy)
        for (uint32_t ox = first_x; ox < end_x; ++ox) {
            const uint32_t o = (oy * w->out_width + ox) * w->channels + channel;
            if (pool->average) {
                const cb_inside s = cb_window_at(w, oy, ox);
                const uint32_t n = inside(&s);
                sum += deltas[o] * (int32_t)((256 + n / 2) / n);
            } else if (which[o] == (y + w->pad - oy * w->stride) * w->kernel_width + x + w->pad - ox * w->stride) {
                sum += deltas[o];
            }
        }
    return sum;
}
