/* The signature: FNV-1a over what the simulator's goes over, in its order. */
#include "cb_feedback.h"
#include "cb_state.h"

static uint64_t hashed(uint64_t hash, uint64_t value, uint32_t bytes) {
    for (; bytes > 0; --bytes, value >>= 8) hash = (hash ^ (value & 255)) * 0x100000001b3u;
    return hash;
}

static uint64_t hashed_levels(const cb_block *b, const void *state, uint64_t hash) {
    const uint8_t *row = cb_levels(b, state);
    for (uint32_t o = 0; o < b->outputs; ++o, row += cb_row_bytes(b))
        for (uint32_t k = 0; k < b->depth; ++k) {
            const int32_t code = cb_code(row, b->bits, k);
            hash = hashed(hash, (uint8_t)(code == cb_negative_zero(b->bits) ? 0 : code), 1);
        }
    return hash;
}

static uint64_t hashed_feedback(const cb_net *net, uint32_t block, const void *state, uint64_t hash) {
    const cb_block *b = &net->blocks[block];
    for (uint32_t what = 0; what < (net->masked ? 2u : 1u); ++what) {
        cb_feedback f = cb_feedback_of(net, block, cb_redrawn_at(net, b, state));
        for (uint32_t o = 0; o < b->outputs; ++o)
            for (uint32_t k = 0; k < b->depth; ++k) {
                const int32_t code = cb_code(cb_levels(b, state) + o * cb_row_bytes(b), b->bits, k);
                const int32_t value = what == 0 ? cb_feedback_level(net, b, &f, code, o * b->depth + k)
                                                : cb_feedback_mask(net, &f, o * b->depth + k);
                hash = hashed(hash, (uint8_t)value, 1);
            }
    }
    return hash;
}

uint64_t cb_signature(const cb_net *net, const void *state) {
    uint64_t hash = 0xcbf29ce484222325u;
    void *const writable = (void *)(uintptr_t)state; /* is only read */
    for (uint32_t i = 0; i < net->block_count; ++i) {
        const cb_block *b = &net->blocks[i];
        const cb_counts *counts = cb_counts_of(b, writable);
        hash = hashed_levels(b, state, hash);
        for (uint32_t k = 0; k < b->traces; ++k)
            hash = hashed(hash, (uint16_t)(b->learns ? cb_trace(net, (const uint8_t *)state + b->traces_at, k) : 0), 2);
        if (net->magnitude != CB_SYMMETRIC) hash = hashed_feedback(net, i, state, hash);
        for (uint32_t o = 0; o < 2u * b->outputs; ++o) {
            const int64_t never = o < b->outputs ? 0 : 65536;
            hash = hashed(hash, (uint64_t)(b->normalised ? cb_running(b, writable)[o] : never), 8);
        }
        hash = hashed(hash, (uint32_t)counts->shift, 4);
    }
    return hash;
}
