// An integer network to train by hand, and its exact way back in double: the oracle of the integer
// path's gradients and of the angles between them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "float/float_network.hpp"
#include "float_oracle.hpp"
#include "learning_testing.hpp"

namespace learning_testing {

struct IntegerBench {
    Plan plan;
    Threads threads;
    Compute compute;
    Network net;
    Workspace work;

    explicit IntegerBench(const Settings& settings, const std::string& text = every_stage,
                          const Shape& input = small_input, int classes = 3)
        : plan(make_plan(settings)),
          threads(1),
          compute{best_kernels(), threads},
          net(network_of(text, input, classes, plan)),
          work(make_workspace(net, threads)) {}

    // Batches of all images; returns the last tally.
    Metrics train(const Dataset& data, int batches) {
        Metrics metrics;
        for (int step = 1; step <= batches; ++step)
            metrics = train_step(net, plan, 0, static_cast<std::uint64_t>(step), data,
                                 first_n(data.count()), work, compute);
        return metrics;
    }
};

inline void copy_affine(const Affine& from, FloatNorm& norm) {
    for (std::size_t c = 0; c < norm.scale.size(); ++c) {
        norm.scale[c] = static_cast<float>(level_at(from.scale, c)) / 4096;
        norm.shift[c] = static_cast<float>(level_at(from.shift, c)) / 4096;
    }
}

// The float network with the integer network's real weights, feedback, scales and shifts.
inline FloatNetwork same_weights(const IntegerBench& bench, const std::string& text = every_stage) {
    FloatNetwork net = make_float_network(text, small_input, 3, bench.plan, best_kernels());
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const Layer& from = bench.net.layers[i];
        const bool last = i + 1 == net.layers.size();
        const double unit =
            std::ldexp(last ? bench.plan.gain / 1024.0 : 1.0, from.forward.exponent);
        for (std::size_t k = 0; k < net.layers[i].size(); ++k)
            net.layers[i].weights[k] = static_cast<float>(level_at(from.forward, k) * unit);
        const double v = std::ldexp(1.0, feedback_exponent(from.feedback, from.forward));
        for (std::size_t k = 0; k < from.feedback.levels.size(); ++k)
            net.layers[i].feedback[k] = static_cast<float>(from.feedback.levels[k] * v);
        if (from.norm.mode == BatchNormMode::affine)
            copy_affine(from.norm.affine, net.layers[i].norm);
    }
    return net;
}

inline oracle::Numbers reals(const Tensor& t) {
    oracle::Numbers out(t.data.begin(), t.data.begin() + static_cast<std::ptrdiff_t>(t.size()));
    for (double& x : out)
        x = std::ldexp(x, t.exponent);
    return out;
}

// The exact way back from the activations that the integer path had.
inline oracle::Trained exact_way_back(const IntegerBench& bench, const FloatNetwork& net) {
    const Workspace& work = bench.work;
    std::vector<oracle::Numbers> maps = {reals(work.input)}, normal, inverse;
    for (std::size_t i = 0; i < work.stages.size(); ++i) {
        const Tensor& in = work.output(net.stages[i].inputs[0]);
        maps.push_back(reals(work.stages[i].out));
        if (net.stages[i].kind != StageKind::convolution) continue;
        const Layer& layer = bench.net.layers[normal.size()];
        const LayerWorkspace& lp = work.layers[normal.size()];
        const bool affine = layer.norm.mode == BatchNormMode::affine;
        Tensor x = affine ? lp.normalised : work.stages[i].out;
        x.exponent = work.stages[i].out.exponent;
        normal.push_back(layer.norm.mode == BatchNormMode::none ? oracle::Numbers() : reals(x));
        const int exponent = in.exponent + layer.forward.exponent + layer.sum_shift;
        inverse.push_back({});
        for (const std::int64_t variance : lp.statistics.variance) {
            const double sigma = std::max(0.5, std::sqrt(static_cast<double>(variance) / 65536));
            inverse.back().push_back(1 / std::ldexp(sigma, exponent));
        }
    }
    const ReadOut scale = read_out(bench.net, work);
    for (std::size_t k = 0; k < maps.back().size(); ++k)
        maps.back()[k] = std::ldexp(1.0 * scale.gain * work.logits()[k], scale.exponent - 10);
    return oracle::Net(net, oracle::parameters_of(net))
        .run_back(maps, normal, inverse, work.labels);
}

}  // namespace learning_testing
