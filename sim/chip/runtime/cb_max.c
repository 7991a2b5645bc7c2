/* Pools of maxima. */
#include "cb_window.h"

void cb_max(const cb_window *w, const int8_t *in, int8_t *out, int8_t top) {
    for (uint32_t y = 0; y < w->out_height; ++y)
        for (uint32_t x = 0; x < w->out_width; ++x) {
            const cb_inside s = cb_window_at(w, y, x);
            for (uint32_t c = 0; c < w->channels; ++c) {
                int32_t most = -top;
                for (uint32_t i = 0; i < s.end_row - s.first_row; ++i) {
                    const int8_t *pixel = in + ((s.row + i) * w->in_width + s.column) * w->channels + c;
                    for (uint32_t j = s.first_column; j < s.end_column; ++j, pixel += w->channels)
                        if (*pixel > most) most = *pixel;
                }
                *out++ = (int8_t)most;
            }
        }
}
