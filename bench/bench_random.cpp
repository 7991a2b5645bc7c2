// Question: how many random halves (16 bits, one per synapse) does one core draw in a second, on
// each instruction set? Answers: bench/README.md.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace crossbar::bench {
namespace {

void random(benchmark::State& state, const Kernels& kernels) {
    std::vector<std::uint16_t> halves(8192);
    std::uint64_t step = 0;
    for (auto _ : state) {
        kernels.random_halves(halves.data(), 0, halves.size(), 1, ++step, 5);
        benchmark::DoNotOptimize(halves.data());
        benchmark::ClobberMemory();
    }
    state.counters["halves/s"] = benchmark::Counter(static_cast<double>(halves.size()),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
    for (const Kernels* set : all_kernels())
        if (set->available())
            benchmark::RegisterBenchmark(("random/" + std::string(set->name)).c_str(),
                                         [set](benchmark::State& s) { random(s, *set); });
    return true;
}();

}  // namespace
}  // namespace crossbar::bench
