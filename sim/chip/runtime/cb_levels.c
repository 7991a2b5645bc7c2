/* Packed levels of one output to bytes: four levels in one word at a time. */
#include "cb_net.h"

/* Four levels of 1 bit in the low bits of x -> a word of four bytes: each bit to its byte, then 0 to -1. */
static uint32_t spread1(uint32_t x) { return ~(((x & 15) * 0x00204081u & 0x01010101u) * 0xfeu); }

/* Of 2 bits: each pair to its byte, then the sign above it. The code -2 is a zero (cb_learn.h). */
static uint32_t spread2(uint32_t x) {
    const uint32_t pairs = (x | x << 6 | x << 12 | x << 18) & 0x03030303u, ones = pairs & 0x01010101u;
    return ones | (ones & pairs >> 1) * 0xfeu;
}

/* Of 4 bits. The code -8 is a zero. */
static uint32_t spread4(uint32_t x) {
    const uint32_t nibbles = (x & 15) | (x & 0xf0) << 4 | (x & 0xf00) << 8 | (x & 0xf000) << 12;
    const uint32_t low = nibbles & 0x07070707u, held = (low + 0x07070707u) >> 3 & nibbles >> 3 & 0x01010101u;
    return low | held * 0xf8u;
}

static int8_t *store(int8_t *to, uint32_t word) {
#ifdef __ARM_FEATURE_UNALIGNED
    typedef struct {
        uint32_t value;
    } __attribute__((packed, may_alias)) four;
    ((four *)(void *)to)->value = word;
    return to + 4;
#else
    for (int i = 0; i < 4; ++i, word >>= 8) *to++ = (int8_t)(uint8_t)word;
    return to;
#endif
}

static void store_some(int8_t *to, uint32_t word, uint32_t bytes) {
    for (; bytes > 0; --bytes, word >>= 8) *to++ = (int8_t)(uint8_t)word;
}

/* Whole bytes of packed levels first, each way in a loop of its own: dense layers spend much of their time here. */
static void unpack1(const uint8_t *packed, uint32_t depth, int8_t *row) {
    for (; depth >= 8; depth -= 8) {
        const uint32_t x = *packed++;
        row = store(store(row, spread1(x)), spread1(x >> 4));
    }
    if (depth >= 4) row = store(row, spread1(*packed));
    if (depth % 4 != 0) store_some(row, spread1((uint32_t)*packed >> (depth & 4)), depth % 4);
}

static void unpack2(const uint8_t *packed, uint32_t depth, int8_t *row) {
    for (; depth >= 4; depth -= 4) row = store(row, spread2(*packed++));
    if (depth != 0) store_some(row, spread2(*packed), depth);
}

static void unpack4(const uint8_t *packed, uint32_t depth, int8_t *row) {
    for (; depth >= 4; depth -= 4, packed += 2) row = store(row, spread4(packed[0] | (uint32_t)packed[1] << 8));
    if (depth != 0) store_some(row, spread4(packed[0] | (depth > 2 ? (uint32_t)packed[1] << 8 : 0u)), depth);
}

void cb_unpack(const cb_layer *layer, uint32_t output, int8_t *row) {
    const uint32_t bits = layer->bits, depth = layer->depth;
    const uint8_t *packed = (const uint8_t *)layer->levels + output * ((depth * bits + 7) / 8);
    if (bits == 1)
        unpack1(packed, depth, row);
    else if (bits == 2)
        unpack2(packed, depth, row);
    else
        unpack4(packed, depth, row);
}
