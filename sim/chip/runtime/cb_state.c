/* Levels and counters in their bits, and the signature: FNV-1a over what the simulator's goes over, in its order. */
#include "cb_state.h"

#include "cb_feedback.h"

int32_t cb_code(const uint8_t *row, uint32_t bits, uint32_t k) {
    if (bits == 8) return (int8_t)row[k];
    const uint32_t code = (uint32_t)row[k * bits / 8] >> k * bits % 8 & ((1u << bits) - 1);
    if (bits == 1) return code != 0 ? 1 : -1;
    const int32_t half = (int32_t)(1L << (bits - 1));
    return (int32_t)(code ^ (uint32_t)half) - half;
}

void cb_put_code(uint8_t *row, uint32_t bits, uint32_t k, int32_t code) {
    if (bits == 8) {
        row[k] = (uint8_t)code;
        return;
    }
    const uint32_t mask = (1u << bits) - 1, shift = k * bits % 8;
    const uint32_t value = bits == 1 ? (code > 0 ? 1u : 0u) : (uint32_t)code & mask;
    uint8_t *const byte = row + k * bits / 8;
    *byte = (uint8_t)((*byte & ~(mask << shift)) | value << shift);
}

/* Counters lie side by side in words of 32 bits, and may begin in one and end in the next. */
int32_t cb_trace(const cb_net *net, const uint8_t *traces, uint32_t i) {
    if (net->rule != CB_BM4) return ((const int16_t *)(const void *)traces)[i];
    const uint32_t *words = (const uint32_t *)(const void *)traces;
    const uint32_t bits = net->counter_bits;
    const uint32_t word = i / 32 * bits + i % 32 * bits / 32, shift = i % 32 * bits % 32;
    uint32_t value = words[word] >> shift;
    if (shift + bits > 32) value |= words[word + 1] << (32 - shift);
    const uint32_t half = 1u << (bits - 1);
    return (int32_t)((value & (2 * half - 1)) ^ half) - (int32_t)half;
}

void cb_put_trace(const cb_net *net, uint8_t *traces, uint32_t i, int32_t value) {
    if (net->rule != CB_BM4) {
        ((int16_t *)(void *)traces)[i] = (int16_t)value;
        return;
    }
    uint32_t *const words = (uint32_t *)(void *)traces;
    const uint32_t bits = net->counter_bits, mask = (1u << bits) - 1, code = (uint32_t)value & mask;
    const uint32_t word = i / 32 * bits + i % 32 * bits / 32, shift = i % 32 * bits % 32;
    words[word] = (words[word] & ~(mask << shift)) | code << shift;
    if (shift + bits > 32) words[word + 1] = (words[word + 1] & ~(mask >> (32 - shift))) | code >> (32 - shift);
}

void cb_clear_traces(const cb_net *net, const cb_block *b, void *state) {
    for (uint32_t i = 0; i < b->traces; ++i) cb_put_trace(net, (uint8_t *)state + b->traces_at, i, 0);
}

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
