// Question: how near do the products of the real layers, forward, error and gradient, come to what
// one core can multiply at all, and to OpenBLAS (sgemm) and oneDNN (s8 GEMM)? Answers:
// bench/README.md.
//
// product/SET/USE/LAYER counts the multiplications that the layer needs, padding not counted, with
// the right operand packed beforehand as in training (forward and error pack once a step; the
// gradient's packing is timed as gradient+pack). Rows of convolutions lie one after the other here;
// as training reads them they are in bench_windows.cpp. ceiling/.. is the same instruction on
// registers alone. The peers are left out, with a word, where their headers are missing at build.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ceilings.hpp"
#include "network/layer.hpp"
#include "network/notation.hpp"
#include "peers.hpp"
#include "workload.hpp"

namespace crossbar::bench {
namespace {

struct Shape3 {
    std::string layer;
    int m, n, depth;  // c: m x n
    Unsigned which;
    bool accumulate;
    int top;  // largest magnitude of the left operand
};

void count(benchmark::State& state, double m, double n, double depth) {
    state.counters["MAC/s"] =
        benchmark::Counter(m * n * depth, benchmark::Counter::kIsIterationInvariantRate);
}

std::vector<std::int8_t> bytes(std::size_t n, bool non_negative, int top = 127) {
    std::vector<std::int8_t> v(n + read_slack);
    for (std::size_t i = 0; i < v.size(); ++i) {
        const int noise = static_cast<int>(static_cast<std::uint32_t>(i) * 2654435761u >> 16);
        v[i] = static_cast<std::int8_t>(non_negative ? noise % (top + 1)
                                                     : noise % (2 * top + 1) - top);
    }
    return v;
}

std::size_t area(int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

void product(benchmark::State& state, const Shape3& s, const Kernels& k, bool with_pack) {
    const std::vector<std::int8_t> a = bytes(area(s.m, s.depth), s.which == Unsigned::left, s.top);
    const std::vector<std::int8_t> b = bytes(area(s.n, s.depth), s.which == Unsigned::packed);
    std::vector<std::int8_t> packed(k.packed_bytes(s.n, s.depth, s.which) + read_slack);
    std::vector<std::int32_t> c(area(s.m, s.n));
    k.pack(packed.data(), b.data(), s.n, s.depth, s.depth, 1, s.which);
    for (auto _ : state) {
        if (with_pack) k.pack(packed.data(), b.data(), s.n, s.depth, 1, s.n, s.which);
        k.product(c.data(), s.n, a.data(), s.depth, s.m, packed.data(), s.n, s.depth, s.which,
                  s.accumulate);
        benchmark::ClobberMemory();
    }
    count(state, s.m, s.n, s.depth);
}

// Errors: few are large, and most are below this.
constexpr int usual_error = 10;

// The three products of every layer of a network as the training step calls them: image by image
// for convolutions (16 images for dense layers, whose gradient takes the batch as depth), some
// images together for the gradient of small maps.
void add_shapes(const NetworkCase& task, std::vector<Shape3>& forward, std::vector<Shape3>& error,
                std::vector<Shape3>& gradient) {
    const Plan plan = make_plan(usual_settings());
    const Network net = make_network(task.text, task.input, task.classes, plan, best_kernels());
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const Layer& l = net.layers[i];
        const std::string name = task.name + std::string("/") + std::to_string(i + 1);
        const int rows = l.forward.outputs, depth = l.forward.inputs;
        const int positions = l.dense() ? 16 : static_cast<int>(l.positions());
        const int summed =
            l.dense() ? plan.batch : positions * static_cast<int>(images_together(l));
        const Window& w = l.window;
        const int kernel = w.kernel_height * w.kernel_width;
        forward.push_back({name, positions, rows, depth,
                           l.unsigned_input ? Unsigned::left : Unsigned::neither, false, 127});
        if (i > 0 && gathers_deltas(l))
            error.push_back({name, w.in_height * w.in_width, w.channels, kernel * rows,
                             Unsigned::neither, false, usual_error});
        else if (i > 0)
            error.push_back({name, positions, depth, rows, Unsigned::neither, false, usual_error});
        gradient.push_back({name, rows + 1, depth, summed,
                            l.unsigned_input ? Unsigned::packed : Unsigned::neither, !l.dense(),
                            usual_error});
    }
}

void add_ceilings() {
    for (const Ceiling& c : ceilings())
        if (const Kernels* k = find_kernels(c.set); k != nullptr && k->available())
            benchmark::RegisterBenchmark(("ceiling/" + std::string(c.set)).c_str(),
                                         [c](benchmark::State& state) {
                                             for (auto _ : state)
                                                 c.loop(ceiling_turns);
                                             count(state, c.products, 1, ceiling_turns);
                                         });
}

// --- peers ---------------------------------------------------------------------------------------

void add_peer(const std::string& name, const Shape3& s,
              std::function<void()> (*make)(int, int, int)) {
    benchmark::RegisterBenchmark(name.c_str(), [s, make](benchmark::State& state) {
        const std::function<void()> run = make(s.m, s.n, s.depth);
        for (auto _ : state)
            run();
        count(state, s.m, s.n, s.depth);
    });
}

void add_uses(const char* use, const std::vector<Shape3>& shapes, bool is_gradient) {
    for (const Shape3& s : shapes) {
        const std::string tail = std::string(use) + "/" + s.layer;
        for (const Kernels* set : all_kernels()) {
            if (!set->available() || std::string(set->name) == "reference") continue;
            benchmark::RegisterBenchmark(
                ("product/" + std::string(set->name) + "/" + tail).c_str(),
                [s, set](benchmark::State& state) { product(state, s, *set, false); });
            if (is_gradient)
                benchmark::RegisterBenchmark(
                    ("product/" + std::string(set->name) + "/" + use + "+pack/" + s.layer).c_str(),
                    [s, set](benchmark::State& state) { product(state, s, *set, true); });
        }
        for (const Peer& peer : peers())
            if (!peer.only_for || peer.only_for == s.which ||
                (*peer.only_for == Unsigned::left && s.which == Unsigned::packed))
                add_peer("peer/" + std::string(peer.name) + "/" + tail, s, peer.make);
    }
}

const bool registered = [] {
    std::vector<Shape3> forward, error, gradient;
    for (const NetworkCase& task : layer_cases())
        add_shapes(task, forward, error, gradient);
    add_ceilings();
    add_uses("forward", forward, false);
    add_uses("error", error, false);
    add_uses("gradient", gradient, true);
    return true;
}();

}  // namespace
}  // namespace crossbar::bench
