/* Convolutions and dense layers of up to 8 bits. A window's row is one run of bytes, for channels vary fastest. */
#include "cb_fixed.h"
#include "cb_window.h"

static int32_t stored_sum(const cb_layer *layer, const int8_t *in, const int8_t *levels, uint32_t y, uint32_t x) {
    const cb_window *w = &layer->window;
    const cb_inside s = cb_window_at(w, y, x);
    const uint32_t channels = w->channels, run = (s.end_column - s.first_column) * channels;
    const int8_t *pixels = in + (s.row * w->in_width + s.column) * channels;
    int32_t sum = 0;
    levels += (s.first_row * w->kernel_width + s.first_column) * channels;
    for (uint32_t i = s.first_row; i < s.end_row; ++i) {
        sum += cb_dot(pixels, levels, run);
        pixels += (uint32_t)w->in_width * channels;
        levels += (uint32_t)w->kernel_width * channels;
    }
    return cb_stored(sum, layer->sum_shift);
}

/* Output by output, so that its levels are unpacked once. */
void cb_convolution(const cb_layer *layer, const int8_t *in, int8_t *out, int8_t *row) {
    const cb_window *w = &layer->window;
    for (uint32_t m = 0; m < layer->outputs; ++m) {
        const int8_t *levels = cb_levels(layer, m, row);
        int8_t *to = out + m;
        for (uint32_t y = 0; y < w->out_height; ++y)
            for (uint32_t x = 0; x < w->out_width; ++x, to += layer->outputs)
                *to = cb_activated(&layer->activation, stored_sum(layer, in, levels, y, x), m);
    }
}

void cb_logits(const cb_layer *layer, const int8_t *in, int32_t *logits, int8_t *row) {
    for (uint32_t m = 0; m < layer->outputs; ++m) logits[m] = stored_sum(layer, in, cb_levels(layer, m, row), 0, 0);
}
