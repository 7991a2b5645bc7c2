// The rules in float: what one batch's gradient does to weights, and to learnt scale and shift.
#include <algorithm>
#include <array>
#include <cmath>

#include "float/float_layer.hpp"
#include "float/float_network.hpp"

namespace crossbar {
namespace {

float sign(float x) {
    return static_cast<float>((x > 0) - (x < 0));
}

template <typename T>
T of_epoch(const std::vector<T>& schedule, int epoch) {
    return schedule[std::min(static_cast<std::size_t>(epoch), schedule.size() - 1)];
}

void apply_sgd(const FloatStep& s, const float* gradient, std::size_t n, float* weights,
               float* trace) {
    for (std::size_t i = 0; i < n; ++i) {
        trace[i] = s.momentum * trace[i] - s.mean * gradient[i] - s.decay * weights[i];
        weights[i] += s.rate * trace[i];
    }
}

// bm1 moves by tau, bm2 and bm3 by its sign; bm2 keeps the sign as well.
void apply_signs(const FloatStep& s, const float* gradient, std::size_t n, float* weights,
                 float* trace) {
    const bool by_sign = s.rule->kind != SignRuleKind::bm1;
    const bool keep_sign = s.rule->kind == SignRuleKind::bm2;
    for (std::size_t i = 0; i < n; ++i) {
        const float t = s.momentum * trace[i] - sign(gradient[i]) - s.decay * weights[i];
        weights[i] += s.rate * (by_sign ? sign(t) : t);
        trace[i] = keep_sign ? sign(t) : t;
    }
}

std::uint64_t apply_votes(const FloatStep& s, const float* gradient, std::size_t n, float* weights,
                          float* trace) {
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const float votes = std::clamp(trace[i] - sign(gradient[i]), -s.counter_top, s.counter_top);
        const bool fires = std::abs(votes) >= s.quorum;
        if (fires) weights[i] += s.pulse * sign(votes);
        trace[i] = fires ? 0.0f : votes;
        sent += fires ? 1u : 0u;
    }
    return sent;
}

// The rule on the weights of a layer; where V gets the pulses of W, it moves by as much.
std::uint64_t apply_to(FloatLayer& layer, const FloatStep& step, const float* gradient) {
    const bool follows = layer.scheme->magnitude == Magnitude::pulsed;
    constexpr std::size_t piece = 1024;
    std::array<float, piece> before;
    std::uint64_t sent = 0;
    for (std::size_t first = 0; first < layer.size(); first += piece) {
        const std::size_t n = std::min(piece, layer.size() - first);
        float* const weights = layer.weights.data() + first;
        if (follows) std::copy_n(weights, n, before.begin());
        sent += float_apply(step, gradient + first, n, weights, layer.trace.data() + first);
        for (std::size_t i = 0; follows && i < n; ++i)
            layer.feedback[first + i] += weights[i] - before[i];
    }
    return sent;
}

}  // namespace

void float_blend(FloatStatistics& s, const FloatLayerWorkspace& work, float share) {
    for (std::size_t c = 0; c < s.mean.size(); ++c) {
        s.mean[c] += share * (work.mean[c] - s.mean[c]);
        s.variance[c] += share * (work.variance[c] - s.variance[c]);
    }
}

FloatStep float_step(const Plan& plan, int epoch, std::size_t batch, float largest, float level) {
    FloatStep s;
    s.rule = plan.rule;
    s.mean = 1.0f / static_cast<float>(batch);
    s.rate =
        static_cast<float>(of_epoch(plan.rate, epoch)) * (plan.rule->sign_only ? largest : 1.0f);
    s.momentum = static_cast<float>(plan.momentum) / 32768.0f;
    s.decay = static_cast<float>(static_cast<double>(plan.decay) / 4294967296.0);
    s.counter_top = static_cast<float>(plan.counter_top);
    s.quorum = plan.quorum.empty() ? 1.0f : static_cast<float>(of_epoch(plan.quorum, epoch));
    s.pulse = level;
    return s;
}

std::uint64_t float_apply(const FloatStep& s, const float* gradient, std::size_t n, float* weights,
                          float* trace) {
    if (s.rule->counts_votes) return apply_votes(s, gradient, n, weights, trace);
    if (s.rule->sign_only)
        apply_signs(s, gradient, n, weights, trace);
    else
        apply_sgd(s, gradient, n, weights, trace);
    return 0;
}

void float_update(FloatNetwork& net, const Plan& plan, int epoch, std::uint64_t step,
                  const FloatWorkspace& work, const Compute& compute) {
    const auto top = static_cast<float>(top_synapse_level(plan.weight_bits));
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        FloatLayer& layer = net.layers[i];
        const FloatLayerWorkspace& lp = work.layers[i];
        FloatNorm& norm = layer.norm;
        if (layer.learns) {
            // The last layer has a rate of its own with bm1 to bm3.
            const bool last = i + 1 == net.layers.size() && plan.rule->sign_only;
            const float share = last ? static_cast<float>(plan.readout_rate) : 1.0f;
            net.pulses += apply_to(
                layer,
                float_step(plan, epoch, work.count, layer.largest * share, layer.largest / top),
                lp.gradient.data());
            if (norm.mode == BatchNormMode::affine) {
                // A level of the integer path's learnt scale and shift is 2^-12, their unit 1.
                FloatStep s = float_step(plan, epoch, work.count, static_cast<float>(plan.bn_rate),
                                         1.0f / 4096);
                s.rule = &rule_of_scales(*plan.rule);
                const std::size_t n = norm.scale.size();
                net.pulses += float_apply(s, lp.scale_gradient.data(), n, norm.scale.data(),
                                          norm.scale_trace.data());
                net.pulses += float_apply(s, lp.shift_gradient.data(), n, norm.shift.data(),
                                          norm.shift_trace.data());
            }
        }
        // As the integer path; the first batch is taken as it is.
        if (norm.mode == BatchNormMode::none) continue;
        float_blend(norm.running, lp, norm.started ? 1.0f / 16 : 1.0f);
        norm.tested = norm.running;
        norm.started = true;
    }
    compute.threads.share(net.layers.size(), 1, [&](std::size_t first, std::size_t end, int) {
        for (std::size_t i = first; i < end; ++i) {
            const std::size_t index = net.layers.size() - 1 - i;
            if (net.layers[index].learns)
                float_sync_feedback_signs(net.layers[index], index, plan, step, compute.kernels);
        }
    });
}

}  // namespace crossbar
