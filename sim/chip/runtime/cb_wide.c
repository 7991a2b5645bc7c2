/* Layers of 9 to 16 bits: their sums need 64. */
#include "cb_activate.h"
#include "cb_window.h"

/* Of one output, which sees `channels` maps of the input, from `in` on. */
static int32_t stored_sum(const cb_layer *layer, const int8_t *in, const int16_t *levels, uint32_t channels, uint32_t y,
                          uint32_t x) {
    const cb_window *w = &layer->window;
    const cb_inside s = cb_window_at(w, y, x);
    int64_t sum = 0;
    for (uint32_t i = s.first_row; i < s.end_row; ++i)
        for (uint32_t j = s.first_column; j < s.end_column; ++j) {
            const uint32_t row = s.row + i - s.first_row, column = s.column + j - s.first_column;
            const int8_t *pixel = in + (row * w->in_width + column) * w->channels;
            const int16_t *level = levels + (i * w->kernel_width + j) * channels;
            for (uint32_t c = 0; c < channels; ++c) sum += (int32_t)pixel[c] * level[c];
        }
    return cb_stored(sum, layer->sum_shift);
}

static void activate(const cb_layer *layer, const int8_t *in, int8_t *out, uint32_t channels, uint32_t step) {
    const cb_window *w = &layer->window;
    for (uint32_t m = 0; m < layer->outputs; ++m, in += step) {
        const int16_t *levels = (const int16_t *)layer->levels + m * layer->depth;
        int8_t *to = out + m;
        for (uint32_t y = 0; y < w->out_height; ++y)
            for (uint32_t x = 0; x < w->out_width; ++x, to += layer->outputs) {
                const int32_t sum = stored_sum(layer, in, levels, channels, y, x);
                cb_activate(&layer->activation, m, sum, sum, to, to);
            }
    }
}

void cb_wide(const cb_layer *layer, const int8_t *in, int8_t *out) {
    activate(layer, in, out, layer->window.channels, 0);
}

void cb_wide_depthwise(const cb_layer *layer, const int8_t *in, int8_t *out) { activate(layer, in, out, 1, 1); }

void cb_wide_logits(const cb_layer *layer, const int8_t *in, int32_t *logits) {
    for (uint32_t m = 0; m < layer->outputs; ++m)
        logits[m] = stored_sum(layer, in, (const int16_t *)layer->levels + m * layer->depth, layer->window.channels, 0, 0);
}
