/* Pixels to levels of the input. */
#include "cb_net.h"

void cb_pixels(const uint8_t *pixels, int8_t *out, uint32_t size, int8_t top) {
    for (uint32_t i = 0; i < size; ++i) out[i] = (int8_t)((pixels[i] * top + 127) / 255);
}
