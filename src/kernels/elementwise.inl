// Element by element: ReLU, narrowing int32 to int8, centring, signs, and the random halves.
#pragma once

#include "vectors.inl"

constexpr int clamp(int x, int low, int high) {
    return x < low ? low : x > high ? high : x;
}

void relu(std::int8_t* out, const std::int8_t* in, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = in[i] > 0 ? in[i] : std::int8_t{0};
}

void relu_mask(std::int8_t* errors, const std::int8_t* activations, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
        errors[i] = activations[i] <= 0 ? std::int8_t{0} : errors[i];
}

std::uint32_t largest(const std::int32_t* x, std::size_t n) {
    std::uint32_t best = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto bits = static_cast<std::uint32_t>(x[i]);
        const std::uint32_t size = x[i] < 0 ? 0u - bits : bits;
        best = size > best ? size : best;
    }
    return best;
}

// out[i] = value(i), where words(i) makes a vector of them at a time; four vectors fill one of
// bytes.
template <typename WordsAt, typename Value>
[[gnu::always_inline]] inline void fill_bytes(std::int8_t* out, std::size_t n, int top,
                                              WordsAt words, Value value) {
    constexpr std::size_t step = Lanes::columns;
    std::size_t i = 0;
    for (; i + 4 * step <= n; i += 4 * step) {
        const auto v = Chars(
            Lanes::saturate(words(i), words(i + step), words(i + 2 * step), words(i + 3 * step)));
        const auto highest = static_cast<std::int8_t>(top);
        store_bytes(out + i, clamp(v, Chars{} - highest, Chars{} + highest));
    }
    for (; i < n; ++i)
        out[i] = static_cast<std::int8_t>(clamp(value(i), -top, top));
}

// clamp((x + r) >> shift, +-top) of the contract of narrow, where words(i) are a vector of x and
// value(i) is one.
template <typename WordsAt, typename Value>
[[gnu::always_inline]] inline void narrow_words(std::int8_t* out, std::size_t n, int shift, int top,
                                                const std::uint16_t* random, WordsAt words,
                                                Value value) {
    if (shift == 0) return fill_bytes(out, n, top, words, value);
    if (random == nullptr) {
        const int half = 1 << (shift - 1);
        return fill_bytes(
            out, n, top,
            [&](std::size_t i) {
                const Words v = words(i);
                return (v + half + (v >> 31)) >> shift;
            },
            [&](std::size_t i) {
                const std::int32_t v = value(i);
                return (v + half + (v >> 31)) >> shift;
            });
    }
    // random << shift >> 16 without leaving 32 bits.
    const int up = shift > 16 ? shift - 16 : shift, down = shift > 16 ? 0 : 16;
    fill_bytes(
        out, n, top,
        [&](std::size_t i) {
            return (words(i) + Words(load_halves(random + i) << up >> down)) >> shift;
        },
        [&](std::size_t i) {
            const auto r = static_cast<std::int32_t>(std::uint32_t{random[i]} << up >> down);
            return (value(i) + r) >> shift;
        });
}

void narrow(std::int8_t* out, const std::int32_t* x, std::size_t n, int shift, int top,
            const std::uint16_t* random) {
    narrow_words(
        out, n, shift, top, random, [&](std::size_t i) { return load_words(x + i); },
        [&](std::size_t i) { return x[i]; });
}

std::uint32_t largest_sum(const std::int8_t* a, const std::int8_t* b, std::size_t n, int up) {
    std::int32_t best = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t x = a[i] * (1 << up) + b[i], size = x < 0 ? -x : x;
        best = size > best ? size : best;
    }
    return static_cast<std::uint32_t>(best);
}

void narrow_sum(std::int8_t* out, const std::int8_t* a, const std::int8_t* b, std::size_t n, int up,
                int shift, int top, const std::uint16_t* random) {
    narrow_words(
        out, n, shift, top, random,
        [&](std::size_t i) { return (Lanes::widen(a + i) << up) + Lanes::widen(b + i); },
        [&](std::size_t i) { return a[i] * (1 << up) + b[i]; });
}

void centre(std::int32_t* gradient, const std::int64_t* input_sum, std::int64_t mean,
            std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        std::int64_t x = gradient[i] - ((input_sum[i] * mean + (1 << 19)) >> 20);
        x = x < -INT32_MAX ? -INT32_MAX : x;
        gradient[i] = static_cast<std::int32_t>(x > INT32_MAX ? INT32_MAX : x);
    }
}

void signs(std::int8_t* out, const std::int32_t* gradient, std::size_t n) {
    fill_bytes(
        out, n, 1, [&](std::size_t i) { return load_words(gradient + i); },
        [&](std::size_t i) { return gradient[i]; });
}

// Philox: one block in each 64-bit element, of which a word uses the lower 32 bits and whatever is
// above does not matter. Three vectors at a time hide the latency of the multiplication.
constexpr int blocks_per_vector = sizeof(Longs) / 8;
constexpr int philox_vectors = 3;
constexpr int philox_halves = philox_vectors * blocks_per_vector * 8;

struct PhiloxStream {
    std::uint64_t key[10][2];  // of every round
    std::uint64_t step;
    std::uint32_t tag;
};

[[gnu::always_inline]] inline void philox_round(Longs (&c)[4], std::uint64_t key0,
                                                std::uint64_t key1) {
    const Longs a = Lanes::multiply_words(c[0], Longs{} + std::uint64_t{0xD2511F53u});
    const Longs b = Lanes::multiply_words(c[2], Longs{} + std::uint64_t{0xCD9E8D57u});
    c[0] = (b >> 32) ^ c[1] ^ (Longs{} + key0);
    c[1] = b;
    c[2] = (a >> 32) ^ c[3] ^ (Longs{} + key1);
    c[3] = a;
}

// philox_halves halves from a block on. Even elements hold the first half of the blocks and odd
// ones the second, because interleaving two vectors joins words within 128 bits.
void philox_run(std::uint16_t* out, std::uint32_t block, const PhiloxStream& s) {
    Longs number{};
    for (unsigned i = 0; i < blocks_per_vector; ++i)
        number[i] = i / 2 + (i % 2) * (blocks_per_vector / 2);
    Longs c[philox_vectors][4];
    for (unsigned v = 0; v < philox_vectors; ++v) {
        c[v][0] = number + (std::uint64_t{block} + v * blocks_per_vector);
        c[v][1] = Longs{} + (s.step & 0xffffffffu);
        c[v][2] = Longs{} + (s.step >> 32);
        c[v][3] = Longs{} + std::uint64_t{s.tag};
    }
    for (const auto& key : s.key)
        for (auto& vector : c)
            philox_round(vector, key[0], key[1]);
    for (auto& vector : c) {
        const Longs low = (vector[0] & 0xffffffffu) | vector[1] << 32;
        const Longs high = (vector[2] & 0xffffffffu) | vector[3] << 32;
        const Longs first = Lanes::zip_even(low, high);
        const Longs second = Lanes::zip_odd(low, high);
        __builtin_memcpy(out, &first, sizeof first);
        __builtin_memcpy(out + sizeof first / 2, &second, sizeof second);
        out += sizeof first;
    }
}

void random_halves(std::uint16_t* out, std::uint64_t first, std::size_t n, std::uint64_t seed,
                   std::uint64_t step, std::uint32_t tag) {
    PhiloxStream s{{}, step, tag};
    auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
    for (auto& key : s.key) {
        key[0] = key0;
        key[1] = key1;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    auto block = static_cast<std::uint32_t>(first / 8);
    std::size_t skip = first % 8;
    while (n > 0) {
        std::size_t got = philox_halves - skip;
        if (n >= philox_halves && skip == 0) {
            philox_run(out, block, s);
        } else {
            std::uint16_t run[philox_halves];
            philox_run(run, block, s);
            got = n < got ? n : got;
            __builtin_memcpy(out, run + skip, got * sizeof *out);
        }
        block += philox_halves / 8;
        skip = 0;
        out += got;
        n -= got;
    }
}
