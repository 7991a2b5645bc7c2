/* Ten rounds on a counter: block, step low, step high, purpose and lane; the key is the seed. */
#include "cb_random.h"

static void draw(cb_stream *s, uint32_t block) {
    uint32_t c0 = block, c1 = s->step, c2 = 0, c3 = s->tag;
    uint32_t key0 = (uint32_t)s->seed, key1 = (uint32_t)(s->seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ key0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ key1;
        c3 = (uint32_t)a;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    s->words[0] = c0, s->words[1] = c1, s->words[2] = c2, s->words[3] = c3;
    s->block = block;
}

cb_stream cb_stream_of(uint64_t seed, uint32_t purpose, uint32_t lane, uint32_t step) {
    cb_stream s;
    s.seed = seed;
    s.step = step;
    s.tag = purpose << 16 | lane;
    draw(&s, 0);
    return s;
}

uint32_t cb_half(cb_stream *s, uint32_t index) {
    if (index / 8 != s->block) draw(s, index / 8);
    return s->words[index % 8 / 2] >> index % 2 * 16 & 0xffffu;
}
