// Making a float network, its feedback synapses, and a run from start to end.
#include "float/float_network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/random_address.hpp"
#include "training/trainer.hpp"

namespace crossbar {
namespace {

// He's initialisation, the draws of make_synapses without its rounding to levels.
std::vector<float> initial_weights(std::size_t n, int depth, bool last, const Plan& plan,
                                   std::uint32_t layer) {
    const Stream s = stream(plan.seed, Purpose::initial_levels, layer, 0);
    const double width = std::sqrt((last ? 3.0 : 6.0) / depth);
    std::vector<float> weights(n);
    for (std::size_t i = 0; i < n; ++i)
        weights[i] = static_cast<float>(width * (2.0 * random_word(s, 2 * i) / 4294967295.0 - 1.0));
    return weights;
}

FloatNorm make_float_norm(BatchNormMode mode, std::size_t channels) {
    FloatNorm norm;
    norm.mode = mode;
    if (mode == BatchNormMode::none) return norm;
    norm.running = {std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
    norm.tested = norm.running;
    norm.scale.assign(channels, 1.0f);
    norm.shift.assign(channels, 0.0f);
    norm.scale_trace.assign(channels, 0.0f);
    norm.shift_trace.assign(channels, 0.0f);
    return norm;
}

// The geometry is that of the integer layer, whose largest level stands for the largest weight.
FloatLayer make_float_layer(const Layer& from, std::uint32_t index, bool last, const Plan& plan,
                            const Kernels& kernels) {
    FloatLayer layer;
    layer.text = from.text;
    layer.window = from.window;
    layer.depthwise = from.depthwise;
    layer.outputs = from.forward.outputs;
    layer.inputs = from.forward.inputs;
    const int bound = from.forward.exponent + (plan.weight_bits <= 2 ? 0 : plan.weight_bits - 1);
    layer.largest = std::ldexp(last ? static_cast<float>(plan.gain) / 1024.0f : 1.0f, bound);
    layer.weights = initial_weights(from.forward.size(), layer.inputs, last, plan, index);
    layer.trace.assign(layer.size(), 0.0f);
    layer.scheme = plan.feedback;
    layer.norm = make_float_norm(from.norm.mode, static_cast<std::size_t>(layer.outputs));
    layer.learns = from.learns;
    float_sync_feedback_signs(layer, index, plan, 0, kernels);
    return layer;
}

// Calls visit(i, half) for every synapse with its half of the stream.
template <typename Visit>
void each_half(const Stream& s, std::size_t n, const Kernels& kernels, Visit visit) {
    std::array<std::uint16_t, 4096> halves;
    for (std::size_t first = 0; first < n; first += halves.size()) {
        const std::size_t count = std::min(halves.size(), n - first);
        kernels.random_halves(halves.data(), first, count, s.seed, s.step, s.tag);
        for (std::size_t i = 0; i < count; ++i)
            visit(first + i, std::uint32_t{halves[i]});
    }
}

// N(0, 0.05^2) from the twelve uniforms that the integer path sums for this synapse.
float normal_draw(const Stream& s, std::size_t i) {
    double sum = -12 * 32767.5;
    for (std::uint64_t k = 0; k < 12; ++k)
        sum += random_half(s, 12 * i + k);
    return static_cast<float>(0.05 * sum / 65536);
}

// |V| in U[0,1] and S_p of one step; V gets a sign of its own where it has none yet.
void draw_magnitudes(FloatLayer& layer, std::uint32_t index, const Plan& plan, std::uint64_t step,
                     const Kernels& kernels) {
    layer.magnitude.resize(layer.size());
    const Stream s = stream(plan.seed, Purpose::feedback_magnitude, index, step);
    each_half(s, layer.size(), kernels, [&](std::size_t i, std::uint32_t half) {
        layer.magnitude[i] = (static_cast<float>(half) + 0.5f) / 65536;
        if (layer.feedback[i] == 0) layer.feedback[i] = (half & 1u) != 0 ? -1.0f : 1.0f;
    });
    if (!layer.scheme->masked) return;
    layer.mask.resize(layer.size());
    each_half(stream(plan.seed, Purpose::feedback_mask, index, step), layer.size(), kernels,
              [&](std::size_t i, std::uint32_t half) {
                  layer.mask[i] = half < plan.concordance ? std::int8_t{1} : std::int8_t{-1};
              });
}

// That of V which makes rms(V) = rms(W), where the scheme has one; else 1.
float gain_of(const FloatLayer& layer) {
    const Magnitude magnitude = layer.scheme->magnitude;
    if (!layer.scheme->scaled && magnitude != Magnitude::pulsed) return 1;
    double squares = 0;
    for (const float w : layer.weights)
        squares += double{w} * w;
    const double of_magnitudes = magnitude == Magnitude::one ? 1 : 1.0 / 3;
    return static_cast<float>(
        std::sqrt(squares / static_cast<double>(layer.size()) / of_magnitudes));
}

}  // namespace

std::size_t FloatNetwork::synapses() const {
    std::size_t sum = 0;
    for (const FloatLayer& layer : layers)
        sum += layer.size();
    return sum;
}

FloatNetwork make_float_network(const std::string& text, const Shape& input, int classes,
                                const Plan& plan, const Kernels& kernels) {
    const Network shape = make_network(text, input, classes, plan, kernels);
    FloatNetwork net{input, classes, shape.stages, {}, 0};
    for (std::size_t i = 0; i < shape.layers.size(); ++i)
        net.layers.push_back(make_float_layer(shape.layers[i], static_cast<std::uint32_t>(i),
                                              i + 1 == shape.layers.size(), plan, kernels));
    return net;
}

void float_sync_feedback_signs(FloatLayer& layer, std::size_t index, const Plan& plan,
                               std::uint64_t step, const Kernels& kernels) {
    const FeedbackScheme& scheme = *layer.scheme;
    if (scheme.magnitude == Magnitude::forward) return;
    if (scheme.magnitude == Magnitude::pulsed && step > 0) return;  // see float_update
    const auto number = static_cast<std::uint32_t>(index);
    if (step == 0) layer.feedback.assign(layer.size(), 0.0f);
    if (scheme.magnitude == Magnitude::normal) {
        const Stream s = stream(plan.seed, Purpose::feedback_magnitude, number, 0);
        for (std::size_t i = 0; step == 0 && i < layer.size(); ++i)
            layer.feedback[i] = normal_draw(s, i);
        return;
    }
    const bool pulsed = scheme.magnitude == Magnitude::pulsed;
    const bool uniform = scheme.magnitude == Magnitude::uniform || pulsed;
    if (uniform && (step == 0 || scheme.redrawn))
        draw_magnitudes(layer, number, plan, step, kernels);
    const float gain = gain_of(layer);
    for (std::size_t i = 0; i < layer.size(); ++i) {
        const float magnitude = gain * (uniform ? layer.magnitude[i] : 1);
        const float w = scheme.masked ? layer.weights[i] * layer.mask[i] : layer.weights[i];
        // A weight of exactly 0 leaves the sign as it was.
        const float sign = w != 0 ? w : layer.feedback[i];
        layer.feedback[i] = std::copysign(magnitude, sign);
        if (w == 0 && plan.sign_of_zero == SignOfZero::zero) layer.feedback[i] = 0;
    }
    if (!pulsed) return;
    std::vector<float>().swap(layer.magnitude);  // their room as well
    std::vector<std::int8_t>().swap(layer.mask);
}

RunEnd float_run(FloatNetwork& network, const Plan& plan, const TaskData& data, Progress& progress,
                 const Callbacks& callbacks, const Compute& compute) {
    FloatWorkspace work = make_float_workspace(network, compute.threads.count());
    const Trainee trainee{
        [&](int epoch, std::uint64_t step, std::span<const std::uint32_t> images) {
            return float_train_step(network, plan, epoch, step, data.train, images, work, compute);
        },
        [&] {
            float_calibrate_bn(network, plan, data.train, work, compute);
            return float_evaluate(network, data.test, work, compute).metrics;
        },
        [&] { return network.pulses; }};
    return run_epochs(trainee, plan, data.train.count(), progress, callbacks);
}

std::string format_of(const FloatNetwork& network) {
    return fmt::format("float {}", network.layers.size());
}

std::uint64_t signature(const FloatNetwork& network) {
    std::uint64_t hash = fingerprint_start;
    visit_state(network, [&](const std::string&, const auto& field, const auto& data) {
        if (is_for_tests(field.name)) return;
        if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(data)>>)
            hash = fingerprint(data.data(), data.size() * sizeof data[0], hash);
    });
    return hash;
}

Concordance concordance_of(const FloatLayer& layer) {
    Concordance c;
    for (std::size_t i = 0; i < layer.size(); ++i) {
        const float w = layer.weights[i];
        const float v = layer.feedback.empty() ? w : layer.feedback[i];
        c.counted += w != 0 && v != 0;
        c.agree += (w > 0 && v > 0) || (w < 0 && v < 0);
    }
    return c;
}

}  // namespace crossbar
