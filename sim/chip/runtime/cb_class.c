/* Logits to the answer. */
#include "cb_net.h"

uint32_t cb_class(const int32_t *logits, uint32_t classes) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < classes; ++i)
        if (logits[i] > logits[best]) best = i;
    return best;
}
