/* Convolutions and dense layers of up to 8 bits: two positions and two outputs at a time. */
#include "cb_activate.h"
#include "cb_products.h"
#include "cb_window.h"

static int8_t *copied(int8_t *to, const int8_t *from, uint32_t n) {
#ifdef __ARM_FEATURE_UNALIGNED
    typedef struct {
        uint32_t value;
    } __attribute__((packed, may_alias)) word;
    for (; n >= 4; n -= 4, to += 4, from += 4) ((word *)(void *)to)->value = ((const word *)(const void *)from)->value;
#endif
    for (; n > 0; --n) *to++ = *from++;
    return to;
}

static int8_t *zeroed(int8_t *to, uint32_t n) {
    for (; n > 0; --n) *to++ = 0;
    return to;
}

/* The window at output y, x as one run of bytes, with zeros for what lies beyond the map. */
static void gather(const cb_window *w, const int8_t *in, uint32_t y, uint32_t x, int8_t *to) {
    const cb_inside s = cb_window_at(w, y, x);
    const uint32_t channels = w->channels, row = w->in_width * channels, run = w->kernel_width * channels;
    const uint32_t before = s.first_column * channels, inside = (s.end_column - s.first_column) * channels;
    const int8_t *from = in + s.row * row + s.column * channels;
    to = zeroed(to, s.first_row * run);
    for (uint32_t i = s.first_row; i < s.end_row; ++i, from += row) {
        if (inside == run) {
            to = copied(to, from, run);
        } else {
            to = copied(zeroed(to, before), from, inside);
            to = zeroed(to, run - before - inside);
        }
    }
    zeroed(to, (w->kernel_height - s.end_row) * run);
}

/* Windows of positions `at` and `at` + 1, at the end of the map `at` twice, as products want them. */
static void prepare(const cb_layer *layer, const int8_t *in, uint32_t at, uint32_t count, int8_t *windows) {
    const uint32_t depth = layer->depth, width = layer->window.out_width;
    for (uint32_t k = 0; k < 2; ++k) {
        const uint32_t position = k < count ? at + k : at;
        gather(&layer->window, in, position / width, position % width, cb_gathered(windows, k, depth));
        cb_prepare(windows, k, depth);
    }
}

/* Outputs first .. end - 1 of all positions: to activations, or of the last layer to logits. Where a position or an
 * output is the last one of an odd number, the other of the two is itself, and is written twice. */
static void outputs_of(const cb_layer *layer, const int8_t *levels, uint32_t first, uint32_t end, const int8_t *in,
                       int8_t *out, int32_t *logits, int8_t *windows) {
    const uint32_t depth = layer->depth, outputs = layer->outputs, shift = layer->sum_shift;
    const uint32_t positions = (uint32_t)layer->window.out_height * layer->window.out_width;
    const cb_activation activation = layer->activation;
    for (uint32_t at = 0; at < positions; at += 2, out += 2 * outputs) {
        const uint32_t count = positions - at < 2 ? 1 : 2;
        const int8_t *row = levels;
        int8_t *const other = out + (count - 1) * outputs;
        prepare(layer, in, at, count, windows);
        for (uint32_t m = first; m < end; m += 2, row += 2 * depth) {
            const uint32_t next = end - m < 2 ? 0 : 1;
            int32_t sums[4];
            cb_products(windows, row, next * depth, depth, sums);
            if (logits != 0) {
                logits[m] = cb_stored(sums[0], shift);
                logits[m + next] = cb_stored(sums[1], shift);
            } else {
                cb_activate(&activation, m, cb_stored(sums[0], shift), cb_stored(sums[2], shift), out + m, other + m);
                cb_activate(&activation, m + next, cb_stored(sums[1], shift), cb_stored(sums[3], shift), out + m + next,
                            other + m + next);
            }
        }
    }
}

/* Levels of 8 bits lie as products want them; others are unpacked, CB_ROWS outputs at a time. */
static void layer_outputs(const cb_layer *layer, const int8_t *in, int8_t *out, int32_t *logits, int8_t *scratch) {
    const uint32_t depth = layer->depth, outputs = layer->outputs;
    if (layer->bits == 8) {
        outputs_of(layer, (const int8_t *)layer->levels, 0, outputs, in, out, logits, scratch);
        return;
    }
    int8_t *const windows = scratch + CB_ROWS * depth;
    for (uint32_t first = 0; first < outputs; first += CB_ROWS) {
        const uint32_t end = outputs - first < CB_ROWS ? outputs : first + CB_ROWS;
        for (uint32_t m = first; m < end; ++m) cb_unpack(layer, m, scratch + (m - first) * depth);
        outputs_of(layer, scratch, first, end, in, out, logits, windows);
    }
}

void cb_convolution(const cb_layer *layer, const int8_t *in, int8_t *out, int8_t *scratch) {
    layer_outputs(layer, in, out, 0, scratch);
}

void cb_logits(const cb_layer *layer, const int8_t *in, int32_t *logits, int8_t *scratch) {
    layer_outputs(layer, in, 0, logits, scratch);
}
