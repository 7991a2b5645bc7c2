/* Windows of a map, two at a time, as products want them. */
#include "cb_products.h"

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

void cb_windows_at(const cb_window *w, uint32_t depth, const int8_t *in, uint32_t at, uint32_t count, int8_t *windows) {
    const uint32_t width = w->out_width;
    for (uint32_t k = 0; k < 2; ++k) {
        const uint32_t position = k < count ? at + k : at;
        gather(w, in, position / width, position % width, cb_gathered(windows, k, depth));
        cb_prepare(windows, k, depth);
    }
}
