/* Convolutions and dense layers of up to 8 bits: two positions and two outputs at a time. */
#include "cb_activate.h"
#include "cb_products.h"

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
        cb_windows_at(&layer->window, depth, in, at, count, windows);
        for (uint32_t m = first; m < end; m += 2, row += 2 * depth) {
            const uint32_t next = end - m < 2 ? 0 : 1;
            int32_t sums[4];
            if (count == 2)
                cb_products(windows, row, next * depth, depth, sums);
            else
                cb_products_of_one(windows, row, next * depth, depth, sums);
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
