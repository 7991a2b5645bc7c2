/* The part of a window that lies inside of the map. */
#ifndef CB_WINDOW_H
#define CB_WINDOW_H

#include "cb_net.h"

/* Rows and columns first .. end - 1 of the window, and where the first of them is in the map. */
typedef struct {
    uint32_t first_row, end_row, first_column, end_column;
    uint32_t row, column;
} cb_inside;

static inline void cb_clip(uint32_t at, uint32_t pad, uint32_t kernel, uint32_t size, uint32_t *first, uint32_t *end,
                           uint32_t *start) {
    *first = at < pad ? pad - at : 0;
    *end = at + kernel > size + pad ? size + pad - at : kernel;
    *start = at + *first - pad;
}

static inline cb_inside cb_window_at(const cb_window *w, uint32_t y, uint32_t x) {
    cb_inside in;
    cb_clip(y * w->stride, w->pad, w->kernel_height, w->in_height, &in.first_row, &in.end_row, &in.row);
    cb_clip(x * w->stride, w->pad, w->kernel_width, w->in_width, &in.first_column, &in.end_column, &in.column);
    return in;
}

#endif
