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

static void store(int8_t *to, uint32_t word, uint32_t bytes) {
#ifdef __ARM_FEATURE_UNALIGNED
    typedef struct {
        uint32_t value;
    } __attribute__((packed, may_alias)) four;
    if (bytes == 4) {
        ((four *)(void *)to)->value = word;
        return;
    }
#endif
    for (; bytes > 0; --bytes, word >>= 8) *to++ = (int8_t)(uint8_t)word;
}

void cb_unpack(const cb_layer *layer, uint32_t output, int8_t *row) {
    const uint32_t bits = layer->bits, depth = layer->depth;
    const uint8_t *packed = (const uint8_t *)layer->levels + output * ((depth * bits + 7) / 8);
    for (uint32_t k = 0; k < depth; k += 4, row += 4) {
        const uint32_t rest = depth - k < 4 ? depth - k : 4;
        if (bits == 1) {
            store(row, spread1((uint32_t)*packed >> k % 8), rest);
            packed += k % 8 / 4;
        } else if (bits == 2) {
            store(row, spread2(*packed++), rest);
        } else {
            const uint32_t low = *packed++, high = rest > 2 ? *packed++ : 0u;
            store(row, spread4(low | high << 8), rest);
        }
    }
}
