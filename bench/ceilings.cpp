// Loops over a set's dot product on registers alone, and how fast they are.
#include "ceilings.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace crossbar::bench {
namespace {

#if defined(__x86_64__)

constexpr int vectors = 12;  // enough independent sums to hide the latency

// The empty statements keep the compiler from seeing that all sums are equal.
[[gnu::target("avx512f,avx512vnni"), gnu::optimize("O3")]] void vnni_loop(long turns) {
    __m512i sums[vectors] = {};
    const __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
    for (long t = 0; t < turns; ++t)
#pragma GCC unroll 16
        for (auto& sum : sums) {
            sum = _mm512_dpbusd_epi32(sum, a, b);
            asm volatile("" : "+v"(sum));
        }
    __m512i total = sums[0];
#pragma GCC unroll 16
    for (int i = 1; i < vectors; ++i)
        total = _mm512_add_epi32(total, sums[i]);
    benchmark::DoNotOptimize(total);
}

[[gnu::target("avx2"), gnu::optimize("O3")]] void maddubs_loop(long turns) {
    __m256i sums[vectors] = {}, a = _mm256_set1_epi8(3);
    const __m256i b = _mm256_set1_epi8(5), ones = _mm256_set1_epi16(1);
    for (long t = 0; t < turns; ++t)
#pragma GCC unroll 16
        for (auto& sum : sums) {
            const __m256i pairs = _mm256_maddubs_epi16(a, b);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
            asm volatile("" : "+x"(a));
        }
    __m256i total = sums[0];
#pragma GCC unroll 16
    for (int i = 1; i < vectors; ++i)
        total = _mm256_add_epi32(total, sums[i]);
    benchmark::DoNotOptimize(total);
}

[[gnu::target("avx2"), gnu::optimize("O3")]] void halves_loop(long turns) {
    __m256i sums[vectors] = {}, a = _mm256_set1_epi8(3);
    const __m256i b = _mm256_set1_epi8(5);
    for (long t = 0; t < turns; ++t)
#pragma GCC unroll 16
        for (int i = 0; i < vectors; i += 2) {
            const __m256i pairs = _mm256_maddubs_epi16(a, b);
            const __m256i upper = _mm256_srai_epi16(pairs, 8);
            asm("vpaddw %1, %0, %0" : "+x"(sums[i]) : "x"(pairs));
            asm("vpaddw %1, %0, %0" : "+x"(sums[i + 1]) : "x"(upper));
            asm volatile("" : "+x"(a));
        }
    __m256i total = sums[0];
#pragma GCC unroll 16
    for (int i = 1; i < vectors; ++i)
        total = _mm256_add_epi32(total, sums[i]);
    benchmark::DoNotOptimize(total);
}

[[gnu::target("ssse3"), gnu::optimize("O3")]] void maddubs_short_loop(long turns) {
    __m128i sums[vectors] = {}, a = _mm_set1_epi8(3);
    const __m128i b = _mm_set1_epi8(5), ones = _mm_set1_epi16(1);
    for (long t = 0; t < turns; ++t)
#pragma GCC unroll 16
        for (auto& sum : sums) {
            const __m128i pairs = _mm_maddubs_epi16(a, b);
            sum = _mm_add_epi32(sum, _mm_madd_epi16(pairs, ones));
            asm volatile("" : "+x"(a));
        }
    __m128i total = sums[0];
#pragma GCC unroll 16
    for (int i = 1; i < vectors; ++i)
        total = _mm_add_epi32(total, sums[i]);
    benchmark::DoNotOptimize(total);
}

#endif

}  // namespace

std::span<const Ceiling> ceilings() {
#if defined(__x86_64__)
    static const Ceiling rows[] = {{"avx512vnni", vnni_loop, 64 * vectors},
                                   {"avx2zen2", halves_loop, 16 * vectors},  // two registers a sum
                                   {"avx2", maddubs_loop, 32 * vectors},
                                   {"sse4", maddubs_short_loop, 16 * vectors}};
    return rows;
#else
    return {};
#endif
}

double ceiling_now(const std::string& set) {
    const auto all = ceilings();
    const auto row =
        std::find_if(all.begin(), all.end(), [&](const Ceiling& c) { return set == c.set; });
    if (row == all.end()) return 0;
    std::vector<double> seconds;
    for (int i = 0; i < 101; ++i) {
        const auto start = std::chrono::steady_clock::now();
        row->loop(ceiling_turns);
        const std::chrono::duration<double> d = std::chrono::steady_clock::now() - start;
        seconds.push_back(d.count());
    }
    std::nth_element(seconds.begin(), seconds.begin() + 50, seconds.end());
    return row->products * double{ceiling_turns} / seconds[50];
}

}  // namespace crossbar::bench
