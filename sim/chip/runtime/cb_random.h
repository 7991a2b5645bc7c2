/* Random numbers with addresses: Philox4x32-10 (Salmon and others, SC 2011), as the simulator draws them. */
#ifndef CB_RANDOM_H
#define CB_RANDOM_H

#include <stdint.h>

/* What a draw is for. */
enum { CB_DRAW_MAGNITUDE = 2, CB_DRAW_MASK = 3, CB_DRAW_PULSE = 5, CB_DRAW_ERROR = 6 };

/* A stream of halves of 16 bits, with the block of eight that was read last. */
typedef struct {
    uint64_t seed;
    uint32_t step, tag, block;
    uint32_t words[4];
} cb_stream;

cb_stream cb_stream_of(uint64_t seed, uint32_t purpose, uint32_t lane, uint32_t step);
/* index < 2^32. */
uint32_t cb_half(cb_stream *stream, uint32_t index);

#endif
