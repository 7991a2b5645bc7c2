/* bm1 to bm4 of docs/learning.md, and the quorum that keeps to a budget of pulses (docs/arithmetic.md, section 12). */
#include "cb_rule.h"

#include "cb_feedback.h"
#include "cb_fixed.h"
#include "cb_state.h"
#include "cb_u128.h"

static const uint32_t longest_wait = (uint32_t)1 << 31;

/* The share of a budget that is left on the course after `done` batches, * 2^20: halved evenly, seven times. */
static uint64_t course_left(uint64_t done, uint64_t batches) {
    const uint64_t steps = (done < batches ? done : batches) * 7 * 1024 / batches;
    return ((uint64_t)1 << 20 >> steps / 1024) * (2048 - steps % 1024) / 2048;
}

static uint32_t wait_for(const cb_net *net, uint32_t synapses, uint64_t sent, uint32_t done) {
    const uint64_t batches = (uint64_t)net->epoch_batches * net->epoch_count;
    const uint64_t all = (uint64_t)net->pulse_budget * synapses, spent = sent * 1024;
    const uint64_t pace = 7 * ((uint64_t)45426 * net->pulse_budget); /* ln 2 * 2^16 */
    cb_u128 whole, wait;
    uint64_t share = 0;
    if (spent >= all) return longest_wait;
    whole.high = 0;
    whole.low = all;
    share = cb_u128_over(cb_u128_product(all - spent, (uint64_t)1 << 20), whole).low;
    if (share == 0) return longest_wait;
    wait = cb_u128_over(cb_u128_times(cb_u128_product(batches, course_left(done, batches)), (uint64_t)1 << 46),
                        cb_u128_product(pace, share * share));
    if (wait.high != 0 || wait.low > longest_wait) return longest_wait;
    return wait.low == 0 ? 1 : (uint32_t)wait.low;
}

static uint32_t root(uint32_t x) {
    uint32_t r = 0;
    for (uint32_t bit = (uint32_t)1 << 15; bit != 0; bit >>= 1)
        if ((r | bit) * (r | bit) <= x) r |= bit;
    return r;
}

/* A quorum that sets itself; beyond the counter's reach some votes are not counted, or it ends there. */
static void set_quorum(const cb_net *net, uint32_t wait, cb_rule *rule) {
    const uint32_t top = net->counter_top;
    uint32_t quorum = 0;
    rule->skip = 0;
    if (wait != longest_wait) {
        wait /= net->counter_share;
        if (wait == 0) wait = 1;
    }
    if (wait >= longest_wait) {
        rule->quorum = 32767;
        return;
    }
    quorum = root(wait);
    if (quorum == 0) quorum = 1;
    rule->quorum = (int32_t)(quorum < top ? quorum : top);
    if (quorum > top && net->sampled) {
        const int32_t counted = (int32_t)((((uint64_t)top * top << 16) + wait / 2) / wait);
        rule->skip = 65536 - (counted > 1 ? counted : 1);
    }
}

cb_rule cb_rule_of(const cb_net *net, uint32_t block, uint32_t step, void *state) {
    const cb_block *b = &net->blocks[block];
    const uint32_t synapses = b->outputs * b->depth, epoch = (step - 1) / net->epoch_batches;
    const cb_epoch *e = &net->epochs[epoch < net->epoch_count ? epoch : net->epoch_count - 1];
    const int last = block + 1 == net->block_count;
    cb_rule r;
    r.step = step;
    r.momentum = net->momentum;
    r.rate = last ? e->readout_rate : e->rate;
    r.rate_shift = last ? e->readout_shift : e->rate_shift;
    r.decay = b->decay;
    r.decay_shift = b->decay_shift;
    r.top = b->top;
    r.stride = b->bits == 1 ? 2 : 1;
    r.quorum = e->quorum;
    r.skip = e->skip;
    r.leak = net->counter_leak != 0 && step % net->counter_leak == 0;
    r.first = 0;
    r.end = synapses;
    if (net->rule == CB_BM4 && net->pulse_budget != 0)
        set_quorum(net, wait_for(net, synapses, cb_counts_of(b, state)->pulses, step - 1), &r);
    if (net->counter_share > 1) {
        if ((step - 1) % net->epoch_batches == 0) cb_clear_traces(net, b, state);
        r.first = epoch % net->counter_share * b->traces;
        if (r.first > synapses) r.first = synapses;
        if (r.end > r.first + b->traces) r.end = r.first + b->traces;
    }
    return r;
}

static int32_t count_vote(const cb_net *net, const cb_rule *r, int32_t sign, int32_t random, int32_t level, int32_t *trace) {
    const int32_t top = net->counter_top;
    const int32_t kept = *trace - r->leak * ((*trace > 0) - (*trace < 0));
    const int32_t votes = cb_limit(kept - (random >= r->skip ? sign : 0), -top, top);
    const int32_t move = (votes >= r->quorum) - (votes <= -r->quorum);
    *trace = move != 0 ? 0 : votes;
    return net->spare && level == move * r->top ? 0 : move;
}

static int32_t follow_trace(const cb_net *net, const cb_rule *r, int32_t sign, int32_t random, int32_t level, int32_t *trace) {
    const int32_t kept = *trace * r->momentum / 32768, decay = cb_floor32(level * r->decay, r->decay_shift);
    const int32_t t = cb_limit(kept - sign * 1024 - decay, -32767, 32767);
    const int32_t unit = 1024 * ((t > 0) - (t < 0));
    *trace = net->rule == CB_BM2 ? unit : t;
    return cb_floor32(cb_floor32((net->rule == CB_BM1 ? t : unit) * r->rate, r->rate_shift) + random, 16);
}

/* The code of a new level; whether its feedback synapse changes its sign. */
static int32_t new_code(const cb_net *net, const cb_block *b, cb_feedback *f, int32_t code, int32_t level, uint32_t i,
                        uint64_t *copies) {
    const int32_t negative = cb_is_negative(net, b, f, code, i);
    if (level == 0) return negative ? cb_negative_zero(b->bits) : 0;
    if (!net->redrawn) *copies += (uint64_t)(cb_is_negative(net, b, f, level, i) != negative);
    return level;
}

void cb_update(const cb_net *net, uint32_t block, const cb_rule *r, uint32_t first, uint32_t rows, const int32_t *gradient,
               void *state) {
    const cb_block *b = &net->blocks[block];
    cb_counts *const counts = cb_counts_of(b, state);
    uint8_t *const traces = (uint8_t *)state + b->traces_at, *row = (uint8_t *)state + b->levels_at + first * cb_row_bytes(b);
    cb_stream halves = cb_stream_of(net->seed, CB_DRAW_PULSE, block, r->step);
    cb_feedback f = cb_feedback_of(net, block, cb_redrawn_at(net, b, state));
    const int votes = net->rule == CB_BM4, draws = votes ? r->skip != 0 : !net->nearest_updates;
    uint32_t i = first * b->depth;
    for (uint32_t n = 0; n < rows; ++n, row += cb_row_bytes(b))
        for (uint32_t k = 0; k < b->depth; ++k, ++i, ++gradient) {
            if (i < r->first || i >= r->end) continue;
            const int32_t code = cb_code(row, b->bits, k), level = code == cb_negative_zero(b->bits) ? 0 : code;
            const int32_t sign = (*gradient > 0) - (*gradient < 0);
            const int32_t random = draws ? (int32_t)cb_half(&halves, i) : votes ? 0 : 32768;
            int32_t trace = cb_trace(net, traces, i - r->first), move = 0, moved = 0;
            move = votes ? count_vote(net, r, sign, random, level, &trace) : follow_trace(net, r, sign, random, level, &trace);
            cb_put_trace(net, traces, i - r->first, trace);
            if (move == 0) continue;
            moved = cb_limit(level + move * r->stride, -r->top, r->top);
            counts->pulses += (uint64_t)(move < 0 ? -move : move);
            if (moved == level) continue;
            if (net->signs_follow)
                cb_put_code(row, b->bits, k, new_code(net, b, &f, code, moved, i, &counts->copies));
            else
                cb_put_code(row, b->bits, k, moved);
        }
    if (net->redrawn) counts->copies += (uint64_t)rows * b->depth;
}
