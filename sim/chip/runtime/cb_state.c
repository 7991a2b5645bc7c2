/* Levels and counters in their bits. */
#include "cb_state.h"

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
