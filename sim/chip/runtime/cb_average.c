/* Pools of means: the sum times 1 / n, which has 16 fractional bits. */
#include "cb_fixed.h"
#include "cb_window.h"

void cb_average(const cb_window *w, const int8_t *in, int8_t *out) {
    for (uint32_t y = 0; y < w->out_height; ++y)
        for (uint32_t x = 0; x < w->out_width; ++x) {
            const cb_inside s = cb_window_at(w, y, x);
            const uint32_t n = (s.end_row - s.first_row) * (s.end_column - s.first_column);
            const int32_t share = (int32_t)((65536 + n / 2) / n);
            for (uint32_t c = 0; c < w->channels; ++c) {
                int32_t sum = 0;
                for (uint32_t i = 0; i < s.end_row - s.first_row; ++i) {
                    const int8_t *pixel = in + ((s.row + i) * w->in_width + s.column) * w->channels + c;
                    for (uint32_t j = s.first_column; j < s.end_column; ++j, pixel += w->channels) sum += *pixel;
                }
                *out++ = (int8_t)cb_floor32(sum * share + 32768, 16);
            }
        }
}
