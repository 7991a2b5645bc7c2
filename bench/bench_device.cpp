// Question: how many synapses a second do pulses move where synapses are devices, and what do tiles
// and converters cost? Answers: bench/README.md.
//
// devices/program/SHARE/SYNAPSES: the kernel alone, on devices of which SHARE % are pulsed.
// devices/pair/SYNAPSES: as in training, from gradient sums: signs, halves, rule, both devices of
// the pairs of target array128. tiles/convert/SUMS: partial sums through 8-bit ADCs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "array/device_array.hpp"
#include "array/target.hpp"
#include "workload.hpp"

namespace crossbar::bench {
namespace {

constexpr std::size_t piece = 8192;

void count(benchmark::State& state, const char* what, std::size_t n) {
    state.counters[what] =
        benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate);
}

DeviceTables device_to_bench() {
    return make_device(*load_target("array128").hardware.device, 127, 1);
}

std::uint32_t noise_at(std::size_t i) {
    return static_cast<std::uint32_t>(i) * 2654435761u ^ static_cast<std::uint32_t>(i) * 40503u
                                                             << 16;
}

// Up and down by turns, so that devices stay in the middle of their range.
void program_kernel(benchmark::State& state, unsigned share) {
    const DeviceTables device = device_to_bench();
    const PulseTables tables = device.tables();
    const auto n = static_cast<std::size_t>(state.range(0));
    std::vector<std::uint8_t> levels(n, 64), kinds(n);
    std::vector<std::uint16_t> wear(n), random(n);
    std::vector<std::int8_t> up(n), down(n);
    for (std::size_t i = 0; i < n; ++i) {
        kinds[i] = static_cast<std::uint8_t>((noise_at(i) >> 8) % 255);
        up[i] = static_cast<std::int8_t>(
            (noise_at(i) >> 16) % 100 < share ? ((noise_at(i) >> 5 & 1) != 0 ? 1 : -1) : 0);
        down[i] = static_cast<std::int8_t>(-up[i]);
    }
    best_kernels().random_halves(random.data(), 0, n, 1, 1, 5);
    bool turn = false;
    for (auto _ : state) {
        turn = !turn;
        best_kernels().program(levels.data(), kinds.data(), wear.data(),
                               turn ? up.data() : down.data(), random.data(), n, tables);
        benchmark::ClobberMemory();
    }
    count(state, "devices/s", n);
}

void pair_step(benchmark::State& state) {
    const Kernels& k = best_kernels();
    const auto n = static_cast<int>(state.range(0));
    SynapseArray a = make_synapses(n / 64, 64, 8, -7, 512, 1, 0);
    make_devices(a, std::make_shared<const DeviceTables>(device_to_bench()), 1, 0);
    std::vector<std::int16_t> trace(a.size());
    std::vector<std::int32_t> gradient(2 * a.size());
    for (std::size_t i = 0; i < gradient.size(); ++i)
        gradient[i] = static_cast<std::int32_t>(noise_at(i));
    std::vector<std::int8_t> signs(piece);
    std::vector<std::uint16_t> random(piece);
    DeviceScratch scratch;
    scratch.pulses.resize(piece);
    SignRule rule{};
    rule.momentum = 29491;  // 0.9
    rule.rate = 17;         // 0.27 pulses a unit of tau, as --rate 0.0024 comes to
    rule.top = 127;
    rule.stride = 1;
    std::uint64_t step = 0;
    for (auto _ : state) {
        ++step;
        const std::size_t shift = step * 7777 % a.size();  // other signs in every step
        for (std::size_t at = 0; at < a.size(); at += piece) {
            const std::size_t m = std::min(piece, a.size() - at);
            k.signs(signs.data(), gradient.data() + shift + at, m);
            k.random_halves(random.data(), at, m, 1, step, 5);
            const auto* levels = std::get<std::vector<std::int8_t>>(a.levels).data() + at;
            k.pulses8(scratch.pulses.data(), levels, trace.data() + at, signs.data(), random.data(),
                      m, rule);
            program(a, at, m, stream(1, Purpose::device_pulse, 0, step),
                    stream(1, Purpose::device_pulse, 1, step), scratch, k);
        }
    }
    count(state, "synapses/s", a.size());
}

void convert(benchmark::State& state) {
    const auto n = static_cast<std::size_t>(state.range(0));
    constexpr int columns = 50;
    std::vector<std::int32_t> sums(n), out(n), scale(columns, 5000), offset(columns, 1 << 19);
    for (std::size_t i = 0; i < n; ++i)
        sums[i] = static_cast<std::int32_t>(noise_at(i)) >> 14;
    const Converters adcs{scale.data(), offset.data(), 1 << 18, 517, 3, 20, 127};
    for (auto _ : state) {
        best_kernels().convert(out.data(), sums.data(), n / columns, columns, adcs, true);
        benchmark::ClobberMemory();
    }
    count(state, "sums/s", n / columns * columns);
}

const bool registered = [] {
    for (const unsigned share : {5u, 30u, 100u})
        benchmark::RegisterBenchmark(("devices/program/" + std::to_string(share)).c_str(),
                                     [share](benchmark::State& s) { program_kernel(s, share); })
            ->Arg(1 << 12)
            ->Arg(1 << 16)
            ->Arg(1 << 20);
    benchmark::RegisterBenchmark("devices/pair", pair_step)->Arg(1 << 16)->Arg(1 << 20);
    benchmark::RegisterBenchmark("tiles/convert", convert)->Arg(4000)->Arg(64000);
    return true;
}();

}  // namespace
}  // namespace crossbar::bench
