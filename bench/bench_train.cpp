// Question: how many images per second does whole training, and inference, do; what does a second
// thread gain; and where does a step's time go? Answers: bench/README.md.
//
// train/NET/THREADS and infer/NET/THREADS time the library's own steps. stages/NET/THREADS times a
// copy of train_step that reads the clock between the public functions of layer.hpp, stage.hpp and
// update.hpp, in microseconds of processor time a step; the copy must leave the network with
// train_step's own signature, or it is an error.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <thread>

#include "base/fixed.hpp"
#include "network/layer.hpp"
#include "network/stage.hpp"
#include "training/trainer.hpp"
#include "workload.hpp"

namespace crossbar::bench {
namespace {

enum Part { load, pack, sums, activations, pools, losses, at_sums, gradients, below, updates };

// Names begin with a number so that the table shows them in the order of the step.
constexpr std::array part_names = {"0_load", "1_pack",    "2_sums",     "3_activate", "4_pool_relu",
                                   "5_loss", "6_at_sums", "7_gradient", "8_below",    "9_update"};

// Seconds of each part of a step, summed over steps. Of processor time, all threads together, for
// other work on the machine does not count in it.
struct Stopwatch {
    std::array<double, part_names.size()> seconds{};
    std::clock_t last = std::clock();

    void start() { last = std::clock(); }
    void stop(Part part) {
        const std::clock_t now = std::clock();
        seconds[part] += static_cast<double>(now - last) / CLOCKS_PER_SEC;
        last = now;
    }
};

void timed_forward(Workbench& w, Stopwatch& callbacks) {
    const Network& net = w.network;
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& stage = net.stages[i];
        if (stage.layer < 0) {
            forward_stage(net, i, w.work, w.compute);
            callbacks.stop(pools);
            continue;
        }
        const auto index = static_cast<std::size_t>(stage.layer);
        const Layer& layer = net.layers[index];
        const Tensor& in = w.work.output(stage.inputs[0]);
        Tensor& out = w.work.stages[i].out;
        train_sums(layer, index, in, w.work, w.compute);
        out.resize(in.count, stage.out);
        callbacks.stop(sums);
        if (i + 1 == net.stages.size()) return;
        activate(layer, w.work.layers[index].activation, index, in, out, w.work, w.compute);
        callbacks.stop(activations);
    }
}

void timed_backward(Workbench& w, Stopwatch& callbacks) {
    const Network& net = w.network;
    const DeltaFormat format{top_level(w.plan.error_bits), w.plan.error_rounding, w.plan.seed,
                             w.step};
    loss_and_delta(read_out(net, w.work), format, w.work, w.compute);
    callbacks.stop(losses);
    const BackwardPlan& plan = w.work.backward;
    for (std::size_t b = 0; b < plan.buffers.size(); ++b)
        ensure(w.work.deltas[b].data, w.work.count * plan.buffers[b]);
    for (std::size_t n = 0; n < plan.steps.size(); ++n) {
        const BackwardStep& step = plan.steps[n];
        const Stage& stage = net.stages[static_cast<std::size_t>(step.stage)];
        if (stage.layer < 0) {
            backward_step(net, n, format, w.work, w.compute);
            callbacks.stop(pools);
            continue;
        }
        const auto index = static_cast<std::size_t>(stage.layer);
        const Layer& layer = net.layers[index];
        const auto delta = [&](int buffer) -> Tensor& {
            return w.work.deltas[static_cast<std::size_t>(buffer)];
        };
        if (step.from >= 0)
            delta_at_sums(layer, index, w.work.output(step.stage), delta(step.from), format, w.work,
                          w.compute);
        callbacks.stop(at_sums);
        gradient_sums(layer, index, w.work.output(stage.inputs[0]), w.work, w.compute);
        callbacks.stop(gradients);
        if (step.to >= 0) delta_below(layer, index, delta(step.to), format, w.work, w.compute);
        callbacks.stop(below);
        sum_deltas(n, format, w.work, w.compute);
        callbacks.stop(pools);
    }
}

void timed_step(Workbench& w, Stopwatch& callbacks) {
    w.next_batch();
    callbacks.start();
    load_batch(w.network, w.data, w.batch, w.work, w.compute);
    callbacks.stop(load);
    pack_network(w.network, true, w.work, w.compute);
    callbacks.stop(pack);
    timed_forward(w, callbacks);
    timed_backward(w, callbacks);
    update(w.network, w.plan, 0, w.step, w.work, w.compute);
    callbacks.stop(updates);
}

// Whether timed_step still is train_step.
bool copy_is_true(const NetworkCase& task) {
    Workbench a(task, usual_settings(), 1), b(task, usual_settings(), 1);
    Stopwatch callbacks;
    for (int i = 0; i < 2; ++i) {
        a.train();
        timed_step(b, callbacks);
    }
    return signature(a.network) == signature(b.network);
}

void count_images(benchmark::State& state, const Workbench& w) {
    state.counters["images/s"] = benchmark::Counter(static_cast<double>(w.batch.size()),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}

void train(benchmark::State& state, const NetworkCase& task, int threads) {
    Workbench w(task, usual_settings(), threads);
    w.train();
    for (auto _ : state)
        w.train();
    count_images(state, w);
}

void infer(benchmark::State& state, const NetworkCase& task, int threads) {
    Workbench w(task, usual_settings(), threads);
    w.train();
    pack_network(w.network, false, w.work, w.compute);
    const DeployedNetwork network = deploy(w.network);
    for (auto _ : state) {
        w.next_batch();
        load_batch(w.network, w.data, w.batch, w.work, w.compute);
        forward(network, w.work, w.compute);
        benchmark::DoNotOptimize(w.work.logits().data());
    }
    count_images(state, w);
}

void stages(benchmark::State& state, const NetworkCase& task, int threads) {
    if (!copy_is_true(task))
        return state.SkipWithError("the timed copy is not train_step any more");
    Workbench w(task, usual_settings(), threads);
    w.train();
    Stopwatch callbacks;
    for (auto _ : state)
        timed_step(w, callbacks);
    for (std::size_t part = 0; part < part_names.size(); ++part)
        state.counters[part_names[part]] =
            benchmark::Counter(callbacks.seconds[part] * 1e6, benchmark::Counter::kAvgIterations);
}

// Images/s of training as batch, width and thread count grow.
void grow(benchmark::State& state, int batch, int bits, int threads) {
    Settings s = usual_settings();
    s.batch = batch;
    s.weight_bits = bits;
    Workbench w(network_cases().front(), s, threads);
    w.train();
    for (auto _ : state)
        w.train();
    count_images(state, w);
}

const bool registered = [] {
    const auto add = [](const std::string& name, auto run) {
        benchmark::RegisterBenchmark(name.c_str(), run)
            ->UseRealTime()
            ->MeasureProcessCPUTime()
            ->Unit(benchmark::kMicrosecond);
    };
    for (const NetworkCase& task : network_cases())
        for (const int threads : {1, 2}) {
            const std::string tail = "/" + std::string(task.name) + "/" + std::to_string(threads);
            const auto with = [&](auto run) {
                return [&task, threads, run](benchmark::State& s) { run(s, task, threads); };
            };
            add("train" + tail, with(train));
            add("infer" + tail, with(infer));
            add("stages" + tail, with(stages));
        }
    for (const int batch : {10, 30, 100, 300})
        add("grow/batch/" + std::to_string(batch),
            [batch](benchmark::State& s) { grow(s, batch, 8, 1); });
    for (const int bits : {1, 2, 4, 8, 12, 16})
        add("grow/bits/" + std::to_string(bits),
            [bits](benchmark::State& s) { grow(s, 100, bits, 1); });
    // Powers of two up to the machine's threads, and those.
    const int most = std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
    for (int threads = 1; threads <= most;
         threads = threads < most ? std::min(2 * threads, most) : most + 1)
        add("grow/threads/" + std::to_string(threads),
            [threads](benchmark::State& s) { grow(s, 100, 8, threads); });
    return true;
}();

}  // namespace
}  // namespace crossbar::bench
