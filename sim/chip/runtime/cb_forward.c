/* Pixels to logits in training: statistics of a batch, then activations by them. Sums are not kept but computed twice. */
#include "cb_activate.h"
#include "cb_pass.h"
#include "cb_products.h"

/* How many sums are beyond the range of activations at each shift. */
#define SHIFTS 27

/* What becomes of sums: any of these that is not null. */
typedef struct {
    cb_moments *moments; /* of CB_ROWS outputs */
    uint32_t *beyond;    /* the smallest shift that brings each sum within the range, counted */
    int32_t *logits;
    int8_t *x;
    const cb_activation *activation;
    int32_t top;
} cb_use;

cb_work cb_work_of(const cb_call *call, uint32_t block, int back) {
    cb_work w;
    const cb_block *b = &call->net->blocks[block];
    w.block = b;
    w.window = b->window;
    if (b->dense) w.window.in_height = w.window.out_height = (uint16_t)call->images;
    w.scratch = call->arena + (back ? b->scratch_back : b->scratch_forward);
    w.units = b->dense ? 1 : call->images;
    w.positions = (uint32_t)w.window.out_height * w.window.out_width;
    w.in_size = b->in_size * (b->dense ? call->images : 1);
    w.x_size = w.positions * b->outputs;
    w.out_size = b->out_size * (b->dense ? call->images : 1);
    w.constants = cb_constants_of(b, call->arena);
    if (back && b->normalised) cb_find_floor(b->outputs, &w.constants);
    w.shift = cb_counts_of(b, call->state)->shift;
    return w;
}

static void unpack_rows(const cb_call *call, const cb_work *w, uint32_t first, uint32_t end) {
    const cb_block *b = w->block;
    const uint8_t *levels = cb_levels(b, call->state);
    cb_layer layer = {{0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, 0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
    layer.levels = levels;
    layer.depth = b->depth;
    layer.bits = b->bits;
    for (uint32_t m = first; m < end; ++m) {
        int8_t *row = cb_at(w, b->rows) + (m - first) * b->depth;
        if (b->bits < 8) {
            cb_unpack(&layer, m, row);
            continue;
        }
        for (uint32_t k = 0; k < b->depth; ++k) {
            const int8_t level = (int8_t)levels[m * b->depth + k];
            row[k] = level == -128 ? 0 : level;
        }
    }
}

static uint32_t needed_shift(int32_t sum, int32_t top) {
    const int64_t size = sum < 0 ? -(int64_t)sum : sum;
    uint32_t shift = 0;
    while (shift < SHIFTS - 1 && size > (int64_t)top << shift) ++shift;
    return shift;
}

/* One sum of output m, of CB_ROWS from `first` on. */
static void use(const cb_use *u, const cb_block *b, uint32_t first, uint32_t m, uint32_t position, int32_t product) {
    const int32_t s = cb_stored(product, b->sum_shift);
    const uint32_t at = position * b->outputs + m;
    if (u->moments != 0) cb_add_moment(&u->moments[m - first], s);
    if (u->beyond != 0) ++u->beyond[needed_shift(s, u->top)];
    if (u->logits != 0) u->logits[at] = s;
    if (u->x != 0) cb_activate(u->activation, m, s, s, u->x + at, u->x + at);
}

/* Outputs first .. end - 1, whose levels are unpacked, at all positions of one unit. */
static void each_sum(const cb_call *call, const cb_work *w, uint32_t unit, uint32_t first, uint32_t end, const cb_use *u) {
    const cb_block *b = w->block;
    const int8_t *in = cb_input(call, w, unit);
    int8_t *const windows = cb_at(w, b->windows);
    for (uint32_t at = 0; at < w->positions; at += 2) {
        const uint32_t count = w->positions - at < 2 ? 1 : 2;
        const int8_t *row = cb_at(w, b->rows);
        cb_windows_at(&w->window, b->depth, in, at, count, windows);
        for (uint32_t m = first; m < end; m += 2, row += 2 * b->depth) {
            const uint32_t two = end - m < 2 ? 0 : 1;
            int32_t sums[4];
            if (count == 2)
                cb_products(windows, row, two * b->depth, b->depth, sums);
            else
                cb_products_of_one(windows, row, two * b->depth, b->depth, sums);
            for (uint32_t p = 0; p < count; ++p) {
                use(u, b, first, m, at + p, sums[2 * p]);
                if (two) use(u, b, first, m + 1, at + p, sums[2 * p + 1]);
            }
        }
    }
}

static void normalise(const cb_call *call, cb_work *w) {
    const cb_block *b = w->block;
    cb_counts *const counts = cb_counts_of(b, call->state);
    int64_t *const mean = cb_running(b, call->state), *const variance = mean + b->outputs;
    cb_use u = {0, 0, 0, 0, 0, 0};
    for (uint32_t first = 0; first < b->outputs; first += CB_ROWS) {
        const uint32_t end = b->outputs - first < CB_ROWS ? b->outputs : first + CB_ROWS;
        cb_moments moments[CB_ROWS] = {{0, {0, 0}}};
        if (call->step != 0) {
            u.moments = moments;
            unpack_rows(call, w, first, end);
            for (uint32_t unit = 0; unit < w->units; ++unit) each_sum(call, w, unit, first, end, &u);
        }
        for (uint32_t m = first; m < end; ++m) {
            int64_t now[2] = {mean[m], variance[m]};
            if (call->step != 0) {
                cb_statistics(&moments[m - first], w->units * w->positions, &now[0], &now[1]);
                cb_blend(&mean[m], now[0], counts->started);
                cb_blend(&variance[m], now[1], counts->started);
            }
            cb_put_statistics(&w->constants, m, now[0], now[1]);
        }
    }
    if (call->step != 0) counts->started = 1;
    cb_fold(call->net, b->outputs, &w->constants);
}

/* Follows the range of sums by at most one bit a batch, and finds it in the first one. */
static void set_shift(const cb_work *w, const uint32_t *beyond, cb_counts *counts) {
    const uint32_t n = w->units * w->x_size;
    uint32_t more[SHIFTS + 1];
    more[SHIFTS - 1] = more[SHIFTS] = 0;
    for (uint32_t s = SHIFTS - 1; s > 0; --s) more[s - 1] = more[s] + beyond[s];
    if (!counts->started) {
        counts->started = 1;
        counts->shift = 0;
        while (counts->shift < 25 && more[counts->shift] > n / 512) ++counts->shift;
    } else if (counts->shift < 25 && more[counts->shift] > n / 512) {
        ++counts->shift;
    } else if (counts->shift > 0 && more[counts->shift - 1] <= n / 2048) {
        --counts->shift;
    }
}

/* Sums without normalisation: their range, and logits where they are the last. */
static void scale(const cb_call *call, cb_work *w, int32_t *logits) {
    const cb_block *b = w->block;
    cb_counts *const counts = cb_counts_of(b, call->state);
    uint32_t beyond[SHIFTS] = {0};
    cb_use u = {0, 0, 0, 0, 0, 0};
    u.logits = logits;
    u.top = call->net->top;
    if (call->step != 0) u.beyond = beyond;
    for (uint32_t first = 0; first < b->outputs; first += CB_ROWS) {
        const uint32_t end = b->outputs - first < CB_ROWS ? b->outputs : first + CB_ROWS;
        unpack_rows(call, w, first, end);
        for (uint32_t unit = 0; unit < w->units; ++unit, u.logits += u.logits != 0 ? w->x_size : 0)
            each_sum(call, w, unit, first, end, &u);
        u.logits = logits;
    }
    if (call->step != 0) set_shift(w, beyond, counts);
    w->shift = counts->shift;
}

void cb_activations(const cb_call *call, const cb_work *w, uint32_t unit, int8_t *out) {
    const cb_block *b = w->block;
    int8_t *const x = cb_at(w, b->x);
    const int8_t *in = x;
    cb_activation a = {0, 0, 0, 0, 0, 0, 0, 0};
    cb_use u = {0, 0, 0, 0, 0, 0};
    a.shift = b->normalised ? w->constants.shift : (uint8_t)w->shift;
    a.top = (int8_t)call->net->top;
    a.least = (int8_t)-a.top;
    a.mean = w->constants.mean;
    a.factor = b->normalised ? w->constants.factor : 0;
    a.offset = w->constants.offset;
    u.activation = &a;
    u.x = x;
    for (uint32_t first = 0; first < b->outputs; first += CB_ROWS) {
        const uint32_t end = b->outputs - first < CB_ROWS ? b->outputs : first + CB_ROWS;
        unpack_rows(call, w, first, end);
        each_sum(call, w, unit, first, end, &u);
    }
    for (uint32_t i = 0; i < b->pool_count; ++i) {
        const cb_pool *pool = &b->pools[i];
        int8_t *const to = i + 1 == b->pool_count && out != 0 ? out : cb_at(w, pool->out);
        cb_pool_forward(pool, in, i == 0 && b->rectified ? 0 : -128, to, (uint8_t *)cb_at(w, pool->which));
        in = to;
    }
    if (b->pool_count != 0 || out == 0) return;
    for (uint32_t i = 0; i < w->x_size; ++i) out[i] = b->rectified && x[i] < 0 ? 0 : x[i];
}

int32_t cb_forward(const cb_call *call, uint32_t block, int32_t exponent, int32_t *logits) {
    cb_work w = cb_work_of(call, block, 0);
    const cb_block *b = w.block;
    exponent += b->exponent + b->sum_shift;
    if (b->normalised)
        normalise(call, &w);
    else if (call->step != 0 || logits != 0)
        scale(call, &w, logits);
    if (logits != 0) return exponent;
    for (uint32_t unit = 0; unit < w.units; ++unit)
        cb_activations(call, &w, unit, (int8_t *)call->arena + b->out + unit * w.out_size);
    return b->normalised ? -(int32_t)call->net->unit_bits : exponent + w.shift;
}
