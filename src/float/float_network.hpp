// The control for what fixed point costs: the same networks, rules, feedback schemes and batch
// normalisation in float32. Weights are unbounded, draws have the addresses of the integer path,
// and rates mean the same: a fraction of a layer's largest weight for the sign-only rules.
// Products use Eigen, for SSE2 or for AVX2 with FMA by what the machine has; results depend on
// that, not on the number of threads. Not a part of the training path of the simulator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/state.hpp"
#include "network/workspace.hpp"
#include "training/augment.hpp"
#include "training/evaluate.hpp"
#include "training/run.hpp"

namespace crossbar {

struct FloatStatistics {
    std::vector<float> mean, variance;
};

// Batch normalisation of a layer, one entry per channel, as BatchNorm; scale 1 and shift 0 unless
// learnt.
struct FloatNorm {
    BatchNormMode mode = BatchNormMode::none;
    bool started = false;  // running statistics hold at least one batch
    FloatStatistics running, tested;
    std::vector<float> scale, shift, scale_trace, shift_trace;
};

// One layer; matrices are outputs x inputs as in Layer. The last layer's weights hold the read-out
// gain.
struct FloatLayer {
    std::string text;
    Window window{};
    bool depthwise = false;  // as in Crossbar
    int outputs = 0, inputs = 0;
    float largest = 1;  // what the largest level stands for: 2^e, or the read-out gain
    std::vector<float> weights;
    std::vector<float> trace;  // tau of sgd, bm1 and bm2, kappa of bm3, the votes of bm4
    const FeedbackScheme* scheme = nullptr;
    std::vector<float> feedback;    // V; empty for Magnitude::forward
    std::vector<float> magnitude;   // |V| where the scheme draws it
    std::vector<std::int8_t> mask;  // S_p; empty unless the scheme is masked
    FloatNorm norm;
    bool learns = true;

    std::size_t size() const { return weights.size(); }
    std::size_t positions() const {
        return static_cast<std::size_t>(window.out_height) *
               static_cast<std::size_t>(window.out_width);
    }
    std::size_t item() const { return positions() * static_cast<std::size_t>(outputs); }
    int window_channels() const { return depthwise ? 1 : window.channels; }
    bool dense() const {
        return !depthwise && positions() == 1 && window.pad == 0 &&
               window.kernel_height == window.in_height && window.kernel_width == window.in_width;
    }
};

struct FloatNetwork {
    Shape input;
    int classes = 0;
    std::vector<Stage> stages;
    std::vector<FloatLayer> layers;
    std::uint64_t pulses = 0;  // of bm4, all layers

    std::size_t synapses() const;
};

// As those of Network in network/state.hpp and training/checkpoint.hpp.
void visit_state(Either<FloatLayer> auto& l, auto&& f) {
    using Field = StateField<double>;
    constexpr double most = 1e30;
    f(Field{"weights", Per::synapse, -most, most}, l.weights);
    f(Field{"trace", Per::synapse, -most, most}, l.trace);
    f(Field{"feedback", Per::synapse, -most, most}, l.feedback);
    f(Field{"magnitude", Per::synapse, 0, most}, l.magnitude);
    f(Field{"mask", Per::synapse, -1, 1, false}, l.mask);
    f(Field{"bn_started", Per::layer, 0, 1}, l.norm.started);
    f(Field{"mean", Per::output, -most, most}, l.norm.tested.mean);
    f(Field{"variance", Per::output, 0, most}, l.norm.tested.variance);
    f(Field{"running_mean", Per::output, -most, most, true, 4}, l.norm.running.mean);
    f(Field{"running_variance", Per::output, 0, most, true, 4}, l.norm.running.variance);
    f(Field{"scale", Per::output, -most, most}, l.norm.scale);
    f(Field{"shift", Per::output, -most, most}, l.norm.shift);
    f(Field{"scale_trace", Per::output, -most, most}, l.norm.scale_trace);
    f(Field{"shift_trace", Per::output, -most, most}, l.norm.shift_trace);
}
void visit_state(Either<FloatNetwork> auto& network, auto&& f) {
    for (auto& layer : network.layers)
        visit_state(layer, [&](const auto& field, auto& data) { f(layer.text, field, data); });
    f("all layers", count_field("pulses"), network.pulses);
}
std::string format_of(const FloatNetwork& network);

// As make_network: throws Error where the text does not fit the input shape or the class count.
FloatNetwork make_float_network(const std::string& text, const Shape& input, int classes,
                                const Plan& plan, const Kernels& kernels);

// What a batch needs on its way; buffers keep their size between batches. Maps are NHWC.
struct FloatLayerWorkspace {
    std::vector<float> sums;       // count * positions x outputs; with bn they become normalised
    std::vector<float> sum_delta;  // dL/d(sum), L the loss summed over the batch
    std::vector<float> gradient;   // outputs x inputs, dL/dw
    std::vector<float> partial;    // the same of each piece of the batch, convolutions
    std::vector<float> turned;     // inputs x outputs, of depthwise layers
    std::vector<float> mean, variance, inverse;  // of this batch; 1 / sqrt(variance + 1e-5)
    std::vector<float> scale_gradient, shift_gradient;
};

struct FloatStageWorkspace {
    std::vector<float> out;
    std::vector<std::int32_t> which;  // of max pooling: the pixel element that was the largest
};

struct FloatWorkspace {
    std::size_t count = 0;
    std::vector<float> input;
    std::vector<std::uint16_t> labels;
    std::vector<FloatStageWorkspace> stages;
    std::vector<FloatLayerWorkspace> layers;
    BackwardPlan backward;
    std::vector<std::vector<float>> deltas;   // the buffers that its steps name
    std::vector<std::vector<float>> patches;  // one per thread
    std::vector<double> moments;              // two a channel for each piece of the batch
    double smoothing = 0;                     // Plan::label_smoothing as a share
};

FloatWorkspace make_float_workspace(const FloatNetwork& network, int threads);

// The steps of training, as in trainer.hpp. `step` counts from 1, `epoch` from 0.
void float_load(const FloatNetwork& network, const Dataset& data,
                std::span<const std::uint32_t> images, FloatWorkspace& work, Threads& threads,
                const EpochView& view = {});
void float_forward(const FloatNetwork& network, Mode mode, FloatWorkspace& work, Threads& threads);
Metrics float_backward(const FloatNetwork& network, FloatWorkspace& work, Threads& threads);
void float_update(FloatNetwork& network, const Plan& plan, int epoch, std::uint64_t step,
                  const FloatWorkspace& work, const Compute& compute);
Metrics float_train_step(FloatNetwork& network, const Plan& plan, int epoch, std::uint64_t step,
                         const Dataset& data, std::span<const std::uint32_t> images,
                         FloatWorkspace& work, const Compute& compute);

// V from W: redrawn where the scheme does (addressed by step; all schemes at step 0), then signs.
void float_sync_feedback_signs(FloatLayer& layer, std::size_t index, const Plan& plan,
                               std::uint64_t step, const Kernels& kernels);

// One batch's parameters of a rule, and what it does to n weights; gradients are dL/dw, L summed
// over the batch. Returns the pulses sent (bm4).
struct FloatStep {
    const Rule* rule = nullptr;
    float mean = 1;  // sgd: 1 / batch size
    float rate = 0;  // of a unit of tau: eta for sgd, else rate * largest weight
    float momentum = 0;
    float decay = 0;
    float quorum = 1;
    float counter_top = 1;
    float pulse = 0;  // bm4: one level
};
FloatStep float_step(const Plan& plan, int epoch, std::size_t batch, float largest, float level);
std::uint64_t float_apply(const FloatStep& step, const float* gradient, std::size_t n,
                          float* weights, float* trace);

// As run, calibrate_bn and evaluate.
RunEnd float_run(FloatNetwork& network, const Plan& plan, const TaskData& data, Progress& progress,
                 const Callbacks& callbacks, const Compute& compute);
void float_calibrate_bn(FloatNetwork& network, const Plan& plan, const Dataset& train,
                        FloatWorkspace& work, const Compute& compute);
Evaluation float_evaluate(const FloatNetwork& network, const Dataset& data, FloatWorkspace& work,
                          const Compute& compute, bool keep_logits = false);

// Hash of every weight, trace, feedback weight and running statistic.
std::uint64_t signature(const FloatNetwork& network);

// As concordance_of in feedback.hpp.
Concordance concordance_of(const FloatLayer& layer);

// The instruction set of the products in use: "sse2", "avx2", "avx512" or "neon".
const char* float_products_name();

}  // namespace crossbar
