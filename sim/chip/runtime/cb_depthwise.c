/* Depthwise convolutions of up to 8 bits. */
#include "cb_activate.h"
#include "cb_window.h"

static int32_t stored_sum(const cb_layer *layer, const int8_t *in, const int8_t *levels, uint32_t y, uint32_t x) {
    const cb_window *w = &layer->window;
    const cb_inside s = cb_window_at(w, y, x);
    int32_t sum = 0;
    for (uint32_t i = s.first_row; i < s.end_row; ++i) {
        const int8_t *pixel = in + ((s.row + i - s.first_row) * w->in_width + s.column) * w->channels;
        for (uint32_t j = s.first_column; j < s.end_column; ++j, pixel += w->channels)
            sum += *pixel * levels[i * w->kernel_width + j];
    }
    return cb_stored(sum, layer->sum_shift);
}

void cb_depthwise(const cb_layer *layer, const int8_t *in, int8_t *out, int8_t *row) {
    const cb_window *w = &layer->window;
    for (uint32_t m = 0; m < layer->outputs; ++m) {
        const int8_t *levels = row;
        int8_t *to = out + m;
        if (layer->bits == 8)
            levels = (const int8_t *)layer->levels + m * layer->depth;
        else
            cb_unpack(layer, m, row);
        for (uint32_t y = 0; y < w->out_height; ++y)
            for (uint32_t x = 0; x < w->out_width; ++x, to += layer->outputs) {
                const int32_t sum = stored_sum(layer, in + m, levels, y, x);
                cb_activate(&layer->activation, m, sum, sum, to, to);
            }
    }
}
