// The integer path as a whole: its gradients against the float baseline's, feedback V = W against
// symmetric backpropagation bit for bit, clamped layers, and that it learns.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "crossbar/float_baseline.hpp"
#include "crossbar/run.hpp"
#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

struct IntegerBench {
    Plan plan;
    Threads threads;
    Compute compute;
    Network net;
    Pass pass;

    explicit IntegerBench(const Settings& settings, const std::string& text = every_stage,
                          const Shape& input = small_input, int classes = 3)
        : plan(make_plan(settings)),
          threads(1),
          compute{best_kernels(), threads},
          net(network_of(text, input, classes, plan)),
          pass(make_pass(net, threads)) {}

    // Batches of all images; returns the last tally.
    Tally train(const Dataset& data, int batches) {
        Tally tally;
        for (int step = 1; step <= batches; ++step)
            tally = train_step(net, plan, 0, static_cast<std::uint64_t>(step), data,
                               first_n(data.count()), pass, compute);
        return tally;
    }
};

// The float network with the integer network's real weights.
FloatNetwork same_weights(const IntegerBench& bench) {
    FloatNetwork net = make_float_network(every_stage, small_input, 3, bench.plan, best_kernels());
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const Layer& from = bench.net.layers[i];
        const bool last = i + 1 == net.layers.size();
        const double unit = std::ldexp(last ? bench.plan.gain / 1024.0 : 1.0, from.forward.exponent);
        for (std::size_t k = 0; k < net.layers[i].size(); ++k)
            net.layers[i].weights[k] = static_cast<float>(level_at(from.forward, k) * unit);
    }
    return net;
}

template <typename A>
double cosine(const std::vector<A>& a, const std::vector<float>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        const double x = static_cast<double>(a[i]);
        ab += x * b[i];
        aa += x * x;
        bb += double{b[i]} * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

const Kernels* const kernels_in_use = &best_kernels();

std::vector<std::int8_t> levels_of(const SynapseArray& a) {
    return std::get<std::vector<std::int8_t>>(a.levels);
}

}  // namespace

TEST_CASE("integer gradients point where the float ones do", "[learning]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const int bits = GENERATE(4, 8, 12, 16);
    CAPTURE(static_cast<int>(bn), bits);
    const Dataset data = pictures(small_input, 3, 64);
    IntegerBench bench(settings_of("sgd", "sym", bn, bits));
    // A few steps first: away from the start, with learnt scales and shifts.
    if (bits >= 8) bench.train(data, 3);
    FloatNetwork net = same_weights(bench);
    for (std::size_t i = 0; bn == BatchNormMode::affine && i < net.layers.size() - 1; ++i)
        for (std::size_t c = 0; c < net.layers[i].norm.scale.size(); ++c) {
            const Affine& affine = bench.net.layers[i].norm.affine;
            net.layers[i].norm.scale[c] = static_cast<float>(level_at(affine.scale, c)) / 4096;
            net.layers[i].norm.shift[c] = static_cast<float>(level_at(affine.shift, c)) / 4096;
        }
    one_batch(bench.net, bench.plan, data, bench.pass, bench.compute);
    FloatPass pass = make_float_pass(net, bench.threads);
    float_load(net, data, first_n(64), pass, bench.threads);
    float_forward(net, Mode::train, pass, bench.threads);
    float_backward(net, pass, bench.threads);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        CAPTURE(i);
        CHECK(cosine(bench.pass.layers[i].gradient, pass.layers[i].gradient) > 0.98);
        if (bn != BatchNormMode::affine || i + 1 == net.layers.size()) continue;
        CHECK(cosine(bench.pass.layers[i].error_moments.ex, pass.layers[i].scale_gradient) > 0.98);
        CHECK(cosine(bench.pass.layers[i].error_moments.e, pass.layers[i].shift_gradient) > 0.98);
    }
}
