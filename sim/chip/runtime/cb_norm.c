/* Statistics, and constants of each output by them. */
#include "cb_norm.h"

static uint32_t root(uint64_t x) {
    uint64_t r = 0;
    for (uint64_t bit = (uint64_t)1 << 31; bit != 0; bit >>= 1)
        if ((r | bit) * (r | bit) <= x) r |= bit;
    return (uint32_t)r;
}

static uint32_t width(uint64_t x) {
    uint32_t bits = 0;
    for (; x != 0; x >>= 1) ++bits;
    return bits;
}

/* To the nearest, halves away from 0; b > 0. */
static int64_t divided(int64_t a, int64_t b) { return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b); }

cb_constants cb_constants_of(const cb_block *b, void *arena) {
    cb_constants c;
    int32_t *const values = (int32_t *)(void *)((uint8_t *)arena + b->constants);
    c.mean = values;
    c.factor = values + b->outputs;
    c.offset = values + 2 * b->outputs;
    c.sigma = (uint32_t *)(void *)(values + 3 * b->outputs);
    c.floor = 128;
    c.shift = 0;
    return c;
}

void cb_statistics(const cb_moments *m, uint32_t rows, int64_t *mean, int64_t *variance) {
    const uint64_t size = m->sum < 0 ? 0 - (uint64_t)m->sum : (uint64_t)m->sum;
    const cb_u128 rows_squared = {0, (uint64_t)rows * rows};
    const cb_u128 spread = cb_u128_minus(cb_u128_times(m->square, rows), cb_u128_product(size, size));
    const cb_u128 v = cb_u128_over(cb_u128_times(spread, 65536), rows_squared);
    const uint64_t most = (uint64_t)1 << 62;
    *mean = m->sum * 65536 / (int64_t)rows;
    *variance = (int64_t)(v.high != 0 || v.low > most ? most : v.low);
}

void cb_put_statistics(cb_constants *c, uint32_t o, int64_t mean, int64_t variance) {
    c->mean[o] = (int32_t)cb_floor64(mean, 16);
    c->offset[o] = (int32_t)(mean & 0xffff);
    c->sigma[o] = root((uint64_t)variance);
}

void cb_blend(int64_t *running, int64_t batch, uint32_t started) {
    *running = started ? *running + cb_floor64(batch - *running + 8, 4) : batch;
}

void cb_find_floor(uint32_t outputs, cb_constants *c) {
    uint32_t largest = 0;
    for (uint32_t o = 0; o < outputs; ++o)
        if (c->sigma[o] > largest) largest = c->sigma[o];
    c->floor = largest >> 15 > 128 ? largest >> 15 : 128;
    c->shift = (uint8_t)(width(largest >> 8) > 14 ? width(largest >> 8) - 14 : 0);
}

void cb_fold(const cb_net *net, uint32_t outputs, cb_constants *c) {
    cb_find_floor(outputs, c);
    for (uint32_t o = 0; o < outputs; ++o) {
        const int64_t fraction = c->offset[o];
        uint64_t factor = 0;
        if (c->sigma[o] < c->floor) c->sigma[o] = c->floor;
        factor = ((uint64_t)1 << (30 + c->shift + net->unit_bits)) / c->sigma[o];
        c->factor[o] = (int32_t)(factor > 1u << 30 ? 1u << 30 : factor);
        c->offset[o] = (int32_t)(((int64_t)1 << 21) - cb_floor64(fraction * c->factor[o], 16u + c->shift));
    }
}

void cb_delta_tables(const cb_net *net, const cb_constants *c, uint32_t outputs, uint32_t rows, int32_t *mean, int32_t *slope,
                     int32_t *gain) {
    const uint64_t unit = (uint64_t)4096 << net->unit_bits << 40; /* a scale of 1 has 12 fractional bits */
    const int64_t squared = (int64_t)1 << 2 * net->unit_bits;
    uint64_t largest = 1;
    uint32_t drop = 0;
    for (uint32_t o = 0; o < outputs; ++o)
        if (c->sigma[o] > c->floor && unit / c->sigma[o] > largest) largest = unit / c->sigma[o];
    if (width(largest) > 10) drop = width(largest) - 10;
    for (uint32_t o = 0; o < outputs; ++o) {
        const uint64_t ratio = unit / c->sigma[o] >> drop;
        gain[o] = (int32_t)(ratio > 1023 ? 1023 : ratio);
        mean[o] = (int32_t)divided((int64_t)mean[o] * 256, rows);
        slope[o] = (int32_t)divided((int64_t)slope[o] * 65536, rows * squared);
    }
}
