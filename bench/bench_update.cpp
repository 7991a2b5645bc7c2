// Question: how many synapses a second does a batch's update move, by rule and width, from L1 to
// memory, and how near is that to what memory gives? Answers: bench/README.md.
//
// update/RULE/BITS/SYNAPSES: signs and random halves are ready, so only the rule is timed.
// step/RULE/BITS/SYNAPSES: as in training, piece by piece: signs of gradient sums, halves, rule.
// pulse/..: a plain saturating +-1 on int8, the least that any update does. memcpy/..: the same
// bytes copied. bytes/s count what is read and written.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace crossbar::bench {
namespace {

constexpr std::size_t piece = 8192;

void count(benchmark::State& state, std::size_t synapses, std::size_t bytes) {
    using benchmark::Counter;
    state.counters["synapses/s"] =
        Counter(static_cast<double>(synapses), Counter::kIsIterationInvariantRate);
    state.counters["bytes/s"] =
        Counter(static_cast<double>(synapses * bytes), Counter::kIsIterationInvariantRate);
}

SignRule usual_rule(SignRuleKind kind, int top) {
    SignRule rule{};
    rule.kind = kind;
    rule.momentum = 29491;  // 0.9
    rule.rate = 20000;
    rule.rate_shift = 10;
    rule.quorum = 16;
    rule.counter_top = 511;
    rule.top = top;
    rule.stride = 1;
    return rule;
}

template <typename Level>
struct Array {
    std::vector<Level> levels;
    std::vector<std::int16_t> trace;
    std::vector<std::int8_t> signs;
    std::vector<std::int32_t> gradient;
    std::vector<std::uint16_t> random;

    explicit Array(std::size_t n)
        : levels(n), trace(n), signs(n), gradient(n), random(std::min(n, piece)) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto noise = static_cast<std::uint32_t>(i) * 2654435761u;
            levels[i] = static_cast<Level>(static_cast<int>(noise >> 24) - 128);
            gradient[i] = static_cast<std::int32_t>(noise) >> 12;
            signs[i] = static_cast<std::int8_t>((gradient[i] > 0) - (gradient[i] < 0));
        }
        best_kernels().random_halves(random.data(), 0, random.size(), 1, 1, 5);
    }
};

std::uint64_t pulse(const Kernels& k, std::int8_t* levels, std::int16_t* trace,
                    const std::int8_t* signs, const std::uint16_t* random, std::size_t n,
                    const SignRule& rule) {
    return k.update8(levels, trace, signs, random, n, rule);
}
std::uint64_t pulse(const Kernels& k, std::int16_t* levels, std::int16_t* trace,
                    const std::int8_t* signs, const std::uint16_t* random, std::size_t n,
                    const SignRule& rule) {
    return k.update16(levels, trace, signs, random, n, rule);
}

template <typename Level>
void update(benchmark::State& state, SignRuleKind kind, bool whole) {
    const Kernels& k = best_kernels();
    const auto n = static_cast<std::size_t>(state.range(0));
    Array<Level> a(n);
    const SignRule rule = usual_rule(kind, sizeof(Level) == 1 ? 127 : 32512);
    std::uint64_t step = 0;
    for (auto _ : state) {
        ++step;
        for (std::size_t at = 0; at < n; at += piece) {
            const std::size_t m = std::min(piece, n - at);
            if (whole) {
                k.signs(a.signs.data() + at, a.gradient.data() + at, m);
                if (kind != SignRuleKind::bm4) k.random_halves(a.random.data(), at, m, 1, step, 5);
            }
            benchmark::DoNotOptimize(pulse(k, a.levels.data() + at, a.trace.data() + at,
                                           a.signs.data() + at, a.random.data(), m, rule));
        }
        benchmark::ClobberMemory();
    }
    // Level and trace are read and written, the sign is read; from sums it is written first.
    count(state, n, 2 * sizeof(Level) + 4 + 1 + (whole ? 5 : 0));
}

// The compiler's vectors for the oldest machine would not show what this one can do.
#if defined(__x86_64__)
[[gnu::optimize("O3"), gnu::target_clones("arch=skylake-avx512", "avx2", "default")]]
#endif
void add_saturated(std::int8_t* __restrict levels, const std::int8_t* __restrict signs,
                   std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        const int v = levels[i] + signs[i];
        levels[i] = static_cast<std::int8_t>(v > 127 ? 127 : v < -127 ? -127 : v);
    }
}

void plain_pulse(benchmark::State& state) {
    const auto n = static_cast<std::size_t>(state.range(0));
    Array<std::int8_t> a(n);
    for (auto _ : state) {
        add_saturated(a.levels.data(), a.signs.data(), n);
        benchmark::ClobberMemory();
    }
    count(state, n, 3);
}

void copy(benchmark::State& state) {
    const auto n = static_cast<std::size_t>(state.range(0));
    std::vector<std::int8_t> from(n, 1), to(n);
    for (auto _ : state) {
        std::memcpy(to.data(), from.data(), n);
        benchmark::DoNotOptimize(to.data());
        benchmark::ClobberMemory();
    }
    count(state, n, 2);
}

const bool registered = [] {
    // L1, L2, L3, memory: 5 to 10 bytes per synapse.
    const auto add = [](const std::string& name, auto run) {
        benchmark::RegisterBenchmark(name.c_str(), run)
            ->Arg(1 << 12)
            ->Arg(1 << 16)
            ->Arg(1 << 20)
            ->Arg(1 << 25);
    };
    const struct {
        const char* name;
        SignRuleKind kind;
    } rules[] = {{"bm1", SignRuleKind::bm1},
                 {"bm2", SignRuleKind::bm2},
                 {"bm3", SignRuleKind::bm3},
                 {"bm4", SignRuleKind::bm4}};
    add("memcpy", copy);
    add("pulse", plain_pulse);
    for (const bool whole : {false, true})
        for (const auto& rule : rules) {
            const std::string name = (whole ? "step/" : "update/") + std::string(rule.name);
            const SignRuleKind kind = rule.kind;
            add(name + "/8",
                [kind, whole](benchmark::State& s) { update<std::int8_t>(s, kind, whole); });
            add(name + "/16",
                [kind, whole](benchmark::State& s) { update<std::int16_t>(s, kind, whole); });
        }
    return true;
}();

}  // namespace
}  // namespace crossbar::bench
