/* Deltas at a block's output to deltas at its input, gradient sums, and pulses by their signs. What lies between is
 * computed anew for each unit, as often as one number of the whole batch has to be known first: the largest delta at
 * each place where deltas are narrowed, and the sums that normalisation takes off. */
#include "cb_pass.h"

#include "cb_feedback.h"
#include "cb_products.h"
#include "cb_rule.h"

#define NO_UNIT 0xffffffffu

typedef struct {
    const cb_call *call;
    cb_work w;
    uint32_t block, ready; /* the unit whose activations are at hand */
    cb_narrowing pools[CB_POOLS], sums, below;
} cb_back;

static void make_ready(cb_back *k, uint32_t unit) {
    if (k->ready == unit) return;
    cb_activations(k->call, &k->w, unit, 0);
    k->ready = unit;
}

static void mask(int8_t *deltas, const int8_t *activations, uint32_t n) {
    for (uint32_t i = 0; i < n; ++i)
        if (activations[i] <= 0) deltas[i] = 0;
}

/* Of a pool whose windows do not overlap: each delta goes to the place of its maximum. */
static void scatter(const cb_pool *pool, const int8_t *deltas, const uint8_t *which, int8_t *to) {
    const cb_window *w = &pool->window;
    const uint32_t in = (uint32_t)w->in_height * w->in_width * w->channels;
    for (uint32_t i = 0; i < in; ++i) to[i] = 0;
    for (uint32_t y = 0; y < w->out_height; ++y)
        for (uint32_t x = 0; x < w->out_width; ++x)
            for (uint32_t c = 0; c < w->channels; ++c, ++deltas, ++which) {
                const uint32_t row = y * w->stride + *which / w->kernel_width - w->pad;
                const uint32_t column = x * w->stride + *which % w->kernel_width - w->pad;
                to[(row * w->in_width + column) * w->channels + c] = *deltas;
            }
}

/* For each pixel below a pool: its wide delta is seen, or narrowed to `to`. */
static void unpool(const cb_pool *pool, const int8_t *deltas, const uint8_t *which, cb_narrowing *n, uint32_t number,
                   int8_t *to) {
    const cb_window *w = &pool->window;
    if (!pool->sums) {
        scatter(pool, deltas, which, to);
        return;
    }
    for (uint32_t y = 0; y < w->in_height; ++y)
        for (uint32_t x = 0; x < w->in_width; ++x)
            for (uint32_t c = 0; c < w->channels; ++c, ++number) {
                const int32_t wide = cb_pool_delta(pool, deltas, which, y, x, c);
                if (to == 0)
                    cb_see(n, wide);
                else
                    *to++ = cb_narrowed(n, wide, number);
            }
}

/* The delta of a unit below pool `down_to`; with pool_count that at the block's output, whose relu is taken off. */
static int8_t *back_to(cb_back *k, uint32_t unit, uint32_t down_to) {
    const cb_work *w = &k->w;
    const cb_block *b = w->block;
    int8_t *d = (int8_t *)k->call->arena + b->delta + unit * w->out_size;
    make_ready(k, unit);
    for (uint32_t i = b->pool_count; i > down_to; --i) {
        const cb_pool *pool = &b->pools[i - 1];
        const cb_window *at = &pool->window;
        const uint32_t out = (uint32_t)at->out_height * at->out_width * at->channels;
        const uint32_t in = (uint32_t)at->in_height * at->in_width * at->channels;
        if (pool->rectified) mask(d, cb_at(w, pool->out), out);
        unpool(pool, d, (const uint8_t *)cb_at(w, pool->which), &k->pools[i - 1], unit * in, cb_at(w, pool->below));
        d = cb_at(w, pool->below);
    }
    if (down_to == 0 && b->rectified) mask(d, cb_at(w, b->x), w->x_size);
    return d;
}

/* Shifts of the pools that add deltas up, from the output on. */
static void find_pool_shifts(cb_back *k) {
    const cb_block *b = k->w.block;
    for (uint32_t i = b->pool_count; i > 0; --i) {
        const cb_pool *pool = &b->pools[i - 1];
        const cb_window *at = &pool->window;
        if (!pool->sums) continue;
        k->pools[i - 1] = cb_narrowing_of(k->call->net, 0x1000u + pool->stage, k->call->step);
        for (uint32_t unit = 0; unit < k->w.units; ++unit) {
            int8_t *d = back_to(k, unit, i);
            if (pool->rectified)
                mask(d, cb_at(&k->w, pool->out), (uint32_t)at->out_height * at->out_width * at->channels);
            unpool(pool, d, (const uint8_t *)cb_at(&k->w, pool->which), &k->pools[i - 1], 0, 0);
        }
        cb_set_shift(&k->pools[i - 1]);
    }
}

static int32_t *slopes_of(const cb_back *k, uint32_t which) {
    return cb_words_at(&k->w, k->w.block->slopes) + which * k->w.block->outputs;
}

static int32_t wide_delta(const cb_back *k, const int8_t *e, uint32_t i, uint32_t o) {
    return cb_wide_delta(e[i], cb_at(&k->w, k->w.block->x)[i], slopes_of(k, 0)[o], slopes_of(k, 1)[o], slopes_of(k, 2)[o]);
}

/* What normalisation takes off, and the shift of deltas at the sums. */
static void find_slopes(cb_back *k) {
    const cb_work *w = &k->w;
    const cb_block *b = w->block;
    int32_t *const mean = slopes_of(k, 0), *const slope = slopes_of(k, 1);
    for (uint32_t o = 0; o < b->outputs; ++o) mean[o] = slope[o] = 0;
    for (uint32_t unit = 0; unit < w->units; ++unit) {
        const int8_t *e = back_to(k, unit, 0), *x = cb_at(w, b->x);
        for (uint32_t p = 0; p < w->positions; ++p)
            for (uint32_t o = 0; o < b->outputs; ++o, ++e, ++x) {
                mean[o] += *e;
                slope[o] += *e * *x;
            }
    }
    cb_delta_tables(k->call->net, &w->constants, b->outputs, w->units * w->positions, mean, slope, slopes_of(k, 2));
    k->sums = cb_narrowing_of(k->call->net, 2 * k->block, k->call->step);
    for (uint32_t unit = 0; unit < w->units; ++unit) {
        const int8_t *e = back_to(k, unit, 0);
        for (uint32_t i = 0; i < w->x_size; ++i) cb_see(&k->sums, wide_delta(k, e, i, i % b->outputs));
    }
    cb_set_shift(&k->sums);
}

/* Deltas of a unit at the sums, positions x outputs. */
static const int8_t *sum_deltas(cb_back *k, uint32_t unit) {
    const cb_work *w = &k->w;
    const cb_block *b = w->block;
    const int8_t *e = back_to(k, unit, 0);
    int8_t *const to = cb_at(w, b->sum_delta);
    if (!b->normalised) return e;
    for (uint32_t i = 0; i < w->x_size; ++i)
        to[i] = cb_narrowed(&k->sums, wide_delta(k, e, i, i % b->outputs), unit * w->x_size + i);
    return to;
}

/* Through the feedback synapses of one unit: wide deltas at its input. */
static void fold(cb_back *k, const int8_t *deltas) {
    const cb_work *w = &k->w;
    const cb_block *b = w->block;
    const cb_window *window = &w->window;
    int32_t *const wide = cb_words_at(w, b->wide);
    int8_t *const row = cb_at(w, b->rows);
    cb_feedback f = cb_feedback_of(k->call->net, k->block, cb_redrawn_at(k->call->net, b, k->call->state));
    for (uint32_t i = 0; i < w->in_size; ++i) wide[i] = 0;
    for (uint32_t o = 0; o < b->outputs; ++o) {
        cb_feedback_row(k->call->net, b, &f, k->call->state, o, row);
        for (uint32_t p = 0; p < w->positions; ++p) {
            const int32_t e = deltas[p * b->outputs + o];
            const cb_inside s = cb_window_at(window, p / window->out_width, p % window->out_width);
            const uint32_t run = (s.end_column - s.first_column) * window->channels;
            if (e == 0) continue;
            for (uint32_t i = s.first_row; i < s.end_row; ++i) {
                const int8_t *v = row + (i * window->kernel_width + s.first_column) * window->channels;
                int32_t *to = wide + ((s.row + i - s.first_row) * window->in_width + s.column) * window->channels;
                for (uint32_t c = 0; c < run; ++c) to[c] += e * v[c];
            }
        }
    }
}

/* Input `element` of all windows of a unit, in the order of positions. Returns their sum. */
static int32_t across(const cb_work *w, const int8_t *in, uint32_t element, int8_t *to) {
    const cb_window *at = &w->window;
    const uint32_t channel = element % at->channels, place = element / at->channels;
    const uint32_t ky = place / at->kernel_width, kx = place % at->kernel_width;
    int32_t sum = 0;
    for (uint32_t oy = 0; oy < at->out_height; ++oy) {
        const uint32_t y = oy * at->stride + ky - at->pad; /* beyond the map it is large */
        for (uint32_t ox = 0; ox < at->out_width; ++ox) {
            const uint32_t x = ox * at->stride + kx - at->pad;
            const int inside = y < at->in_height && x < at->in_width;
            const int8_t value = inside ? in[(y * at->in_width + x) * at->channels + channel] : (int8_t)0;
            *to++ = value;
            sum += value;
        }
    }
    return sum;
}

/* Adds a unit's share to the gradient of rows first .. first + rows - 1. `turned`: its deltas, outputs x positions. */
static void add_gradient(cb_back *k, uint32_t unit, const int8_t *turned, uint32_t first, uint32_t rows) {
    const cb_work *w = &k->w;
    const cb_block *b = w->block;
    const uint32_t positions = w->positions;
    const int8_t *in = cb_input(k->call, w, unit);
    int8_t *const windows = cb_at(w, b->windows);
    int32_t *const gradient = cb_words_at(w, b->gradient), *const input_sum = cb_words_at(w, b->input_sum);
    for (uint32_t d = 0; d < b->depth; d += 2) {
        const uint32_t next = b->depth - d < 2 ? 0 : 1;
        for (uint32_t i = 0; i < 2; ++i) {
            const int32_t sum = across(w, in, d + (next & i), cb_gathered(windows, i, positions));
            if (first == 0 && i <= next) input_sum[d + i] += sum;
            cb_prepare(windows, i, positions);
        }
        for (uint32_t r = 0; r < rows; r += 2) {
            const uint32_t other = rows - r < 2 ? 0 : 1;
            int32_t sums[4], *to = gradient + r * b->depth + d;
            cb_products(windows, turned + (first + r) * positions, other * positions, positions, sums);
            to[0] += sums[0];
            if (next) to[1] += sums[2];
            if (other) to[b->depth] += sums[1];
            if (other && next) to[b->depth + 1] += sums[3];
        }
    }
}

/* positions x outputs -> outputs x positions, where activations were; and the sums of each row. */
static const int8_t *turn(cb_back *k, const int8_t *deltas) {
    const cb_work *w = &k->w;
    const uint32_t outputs = w->block->outputs;
    int8_t *const to = cb_at(w, w->block->x);
    int32_t *const residual = cb_words_at(w, w->block->residual);
    for (uint32_t o = 0; o < outputs; ++o)
        for (uint32_t p = 0; p < w->positions; ++p) {
            to[o * w->positions + p] = deltas[p * outputs + o];
            residual[o] += deltas[p * outputs + o];
        }
    k->ready = NO_UNIT;
    return to;
}

/* Rounded deltas of a channel do not sum to 0; what is left times the mean input comes off. */
static void centre(const cb_back *k, uint32_t output, int32_t *gradient) {
    const cb_block *b = k->w.block;
    const int64_t rest = (int64_t)cb_words_at(&k->w, b->residual)[output] * (1 << 20), n = k->w.units * k->w.positions;
    const int64_t mean = rest >= 0 ? (rest + n / 2) / n : -((-rest + n / 2) / n);
    const int32_t *input_sum = cb_words_at(&k->w, b->input_sum);
    for (uint32_t d = 0; mean != 0 && d < b->depth; ++d) {
        const int64_t x = gradient[d] - cb_floor64(input_sum[d] * mean + (1 << 19), 20);
        gradient[d] = (int32_t)(x > 0 ? 1 : x < 0 ? -1 : 0); /* its sign is all that counts */
    }
}

static void update(cb_back *k, const cb_rule *rule, uint32_t first, uint32_t rows) {
    const cb_block *b = k->w.block;
    int32_t *const gradient = cb_words_at(&k->w, b->gradient);
    for (uint32_t r = 0; b->normalised && r < rows; ++r) centre(k, first + r, gradient + r * b->depth);
    cb_update(k->call->net, k->block, rule, first, rows, gradient, k->call->state);
}

static void clear(int32_t *values, uint32_t n) {
    for (uint32_t i = 0; i < n; ++i) values[i] = 0;
}

/* Of all units: the gradient of a convolution, and the largest delta below. */
static void first_round(cb_back *k) {
    const cb_work *w = &k->w;
    const cb_block *b = w->block;
    for (uint32_t unit = 0; unit < w->units; ++unit) {
        const int8_t *deltas = sum_deltas(k, unit);
        if (b->passes_delta) {
            fold(k, deltas);
            for (uint32_t i = 0; i < w->in_size; ++i) cb_see(&k->below, cb_words_at(w, b->wide)[i]);
        }
        if (b->learns && !b->dense) add_gradient(k, unit, turn(k, deltas), 0, b->outputs);
    }
}

static void second_round(cb_back *k) {
    const cb_work *w = &k->w;
    cb_set_shift(&k->below);
    for (uint32_t unit = 0; unit < w->units; ++unit) {
        int8_t *const to = (int8_t *)k->call->arena + w->block->delta_below + unit * w->in_size;
        if (w->units > 1) fold(k, sum_deltas(k, unit));
        for (uint32_t i = 0; i < w->in_size; ++i)
            to[i] = cb_narrowed(&k->below, cb_words_at(w, w->block->wide)[i], unit * w->in_size + i);
    }
}

/* A dense layer's gradient, a few rows at a time: what was summed of it is used up at once. */
static void learn_dense(cb_back *k, const cb_rule *rule) {
    const cb_block *b = k->w.block;
    const int8_t *turned = turn(k, sum_deltas(k, 0));
    for (uint32_t first = 0; first < b->outputs; first += b->group) {
        const uint32_t rows = b->outputs - first < b->group ? b->outputs - first : b->group;
        clear(cb_words_at(&k->w, b->gradient), rows * b->depth);
        add_gradient(k, 0, turned, first, rows);
        update(k, rule, first, rows);
    }
}

void cb_backward(const cb_call *call, uint32_t block) {
    const cb_block *b = &call->net->blocks[block];
    cb_back k;
    k.call = call;
    k.w = cb_work_of(call, block, 1);
    k.block = block;
    k.ready = NO_UNIT;
    k.below = cb_narrowing_of(call->net, 2 * block + 1, call->step);
    find_pool_shifts(&k);
    if (b->normalised) find_slopes(&k);
    clear(cb_words_at(&k.w, b->input_sum), b->depth);
    clear(cb_words_at(&k.w, b->residual), b->outputs);
    if (!b->dense) clear(cb_words_at(&k.w, b->gradient), b->outputs * b->depth);
    first_round(&k);
    if (b->passes_delta) second_round(&k);
    if (!b->learns) return;
    const cb_rule rule = cb_rule_of(call->net, block, call->step, call->state);
    if (b->dense)
        learn_dense(&k, &rule);
    else
        update(&k, &rule, 0, b->outputs);
}
