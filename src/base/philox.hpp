// Random numbers with addresses. A draw is a function of (seed, purpose, layer, step, index), never
// of the order of calls, so threads, instruction sets and restarts cannot change it.
// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011. A block is 128 bits: 4 words, or 8 halves (low half of word 0 first), or 16 bytes
// (little-endian).
#pragma once

#include <array>
#include <cstdint>

namespace crossbar {

// The stream that one address owns (random_address.hpp); its blocks are numbered from 0.
struct Stream {
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
    std::uint32_t tag = 0;
};

// The bare generator: ten rounds on a 128-bit counter with a 64-bit key.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c,
                                                  std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c[2];
        c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
             static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return c;
}

constexpr std::array<std::uint32_t, 4> random_block(const Stream& s, std::uint32_t block) {
    return philox4x32(
        {block, static_cast<std::uint32_t>(s.step), static_cast<std::uint32_t>(s.step >> 32),
         s.tag},
        {static_cast<std::uint32_t>(s.seed), static_cast<std::uint32_t>(s.seed >> 32)});
}

// Word `index` of the stream (index < 2^34): 32 random bits.
constexpr std::uint32_t random_word(const Stream& s, std::uint64_t index) {
    return random_block(s, static_cast<std::uint32_t>(index / 4))[index % 4];
}

// Half `index` of the stream (index < 2^35): 16 random bits.
constexpr std::uint32_t random_half(const Stream& s, std::uint64_t index) {
    return random_word(s, index / 2) >> (index % 2 * 16) & 0xffffu;
}

// A number in 0..bound-1 from 32 random bits: bound * word / 2^32, bias below bound / 2^32.
constexpr std::uint32_t random_below(std::uint32_t word, std::uint32_t bound) {
    return static_cast<std::uint32_t>(std::uint64_t{word} * bound >> 32);
}

}  // namespace crossbar
