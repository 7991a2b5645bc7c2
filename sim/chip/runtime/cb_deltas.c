/* Narrowing, and the softmax cross-entropy that deltas begin with (docs/arithmetic.md, sections 7 and 8). */
#include "cb_deltas.h"

static uint32_t width(uint32_t x) {
    uint32_t bits = 0;
    for (; x != 0; x >>= 1) ++bits;
    return bits;
}

cb_narrowing cb_narrowing_of(const cb_net *net, uint32_t lane, uint32_t step) {
    cb_narrowing n;
    n.largest = 0;
    n.shift = 0;
    n.top = net->error_top;
    n.random = net->stochastic_errors;
    n.halves = cb_stream_of(net->seed, CB_DRAW_ERROR, lane, step);
    return n;
}

void cb_set_shift(cb_narrowing *n) {
    const uint32_t bits = width(n->largest), most = width((uint32_t)n->top);
    n->shift = bits > most ? bits - most : 0;
}

int8_t cb_narrowed(cb_narrowing *n, int32_t x, uint32_t number) {
    int32_t more = 0;
    if (n->shift == 0) return (int8_t)cb_limit(x, -n->top, n->top);
    if (n->random)
        more = (int32_t)((uint64_t)cb_half(&n->halves, number) << n->shift >> 16);
    else
        more = (int32_t)(1L << (n->shift - 1)) - (x < 0 ? 1 : 0);
    return (int8_t)cb_limit(cb_floor32(x + more, n->shift), -n->top, n->top);
}

/* Half up; a negative shift multiplies. */
static int64_t shifted(int64_t x, int32_t shift) {
    if (shift <= 0) return x * ((int64_t)1 << -shift);
    return cb_floor64(x + ((int64_t)1 << (shift - 1)), (uint32_t)shift);
}

static uint32_t distance(const cb_net *net, int32_t top, int32_t sum, int32_t shift) {
    const int64_t d = shifted(((int64_t)top - sum) * net->gain, shift);
    return d > 4095 ? 4095 : (uint32_t)d;
}

/* (p - target) * gain, 25 fractional bits, of one image. */
static void errors(const cb_net *net, const int32_t *logits, int32_t exponent, uint32_t label, int32_t *wide) {
    const uint32_t classes = net->classes;
    const int64_t alike = (int64_t)(net->smoothing / classes);
    const int64_t own = ((int64_t)1 << 30) - (int64_t)net->smoothing + alike;
    const int32_t shift = cb_limit(2 - exponent, -22, 60), top = logits[cb_class(logits, classes)];
    uint64_t total = 0;
    for (uint32_t c = 0; c < classes; ++c) total += cb_exp[distance(net, top, logits[c], shift)];
    for (uint32_t c = 0; c < classes; ++c) {
        const uint64_t p = ((uint64_t)cb_exp[distance(net, top, logits[c], shift)] << 30) / total;
        wide[c] = (int32_t)shifted(((int64_t)p - (c == label ? own : alike)) * net->gain, 15);
    }
}

/* Without normalisation rounding must not give all classes something in common: the label's delta is what makes the sum
 * of an image's deltas 0. */
static void balance(const cb_narrowing *n, const int32_t *wide, uint32_t classes, uint32_t label, uint32_t random,
                    int8_t *deltas) {
    int64_t running = (int64_t)((uint64_t)random << n->shift >> 16), others = 0;
    for (uint32_t c = 0; c < classes; ++c) {
        const int64_t before = cb_floor64(running, n->shift);
        int64_t q = 0;
        if (c == label) continue;
        running += wide[c];
        q = cb_floor64(running, n->shift) - before;
        if (q > n->top - others) q = n->top - others;
        deltas[c] = (int8_t)q;
        others += q;
    }
    deltas[label] = (int8_t)-others;
}

uint32_t cb_loss(const cb_net *net, const int32_t *logits, int32_t exponent, const uint16_t *labels, uint32_t images,
                 uint32_t step, int32_t *wide, int8_t *deltas) {
    const uint32_t classes = net->classes;
    cb_narrowing n = cb_narrowing_of(net, net->loss_lane, step);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < images; ++i) {
        wrong += cb_class(logits + i * classes, classes) != labels[i];
        errors(net, logits + i * classes, exponent, labels[i], wide + i * classes);
    }
    for (uint32_t i = 0; i < images * classes; ++i) cb_see(&n, wide[i]);
    cb_set_shift(&n);
    if (net->balanced) {
        if (n.largest > (uint32_t)n.top << n.shift) ++n.shift;
        for (uint32_t i = 0; i < images; ++i)
            balance(&n, wide + i * classes, classes, labels[i], cb_half(&n.halves, i), deltas + i * classes);
        return wrong;
    }
    for (uint32_t i = 0; i < images * classes; ++i) deltas[i] = cb_narrowed(&n, wide[i], i);
    return wrong;
}
