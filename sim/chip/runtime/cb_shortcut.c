/* A map as one of another size. */
#include "cb_net.h"

void cb_shortcut(const cb_window *w, const int8_t *in, int8_t *out, uint32_t maps) {
    for (uint32_t y = 0; y < w->out_height; ++y)
        for (uint32_t x = 0; x < w->out_width; ++x) {
            const int8_t *pixel = in + (y * w->stride * w->in_width + x * w->stride) * w->channels;
            for (uint32_t c = 0; c < maps; ++c) *out++ = c < w->channels ? pixel[c] : (int8_t)0;
        }
}
