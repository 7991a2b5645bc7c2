/* A relu that could not be had with the layer below it. */
#include "cb_net.h"

void cb_relu(const int8_t *in, int8_t *out, uint32_t size) {
    for (uint32_t i = 0; i < size; ++i) out[i] = in[i] < 0 ? 0 : in[i];
}
