/* The sum of products that nearly all the time goes into. */
#include "cb_net.h"

int32_t cb_dot(const int8_t *a, const int8_t *b, uint32_t n) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
}
