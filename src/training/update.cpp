// Signs from gradient sums, the rule by kernels, pulses onto levels or devices, signs or the same
// pulses onto feedback synapses; in pieces.
#include "training/update.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "training/pulses.hpp"

namespace crossbar {
namespace {

constexpr std::size_t update_chunk = 8192;

template <typename T>
const T& of_epoch(const std::vector<T>& schedule, int epoch) {
    return schedule[std::min(static_cast<std::size_t>(epoch), schedule.size() - 1)];
}

std::uint64_t epoch_batches(const Plan& plan) {
    if (plan.epoch_batches == 0)
        fail(
            "a pulse budget and shared counters need to know how many batches an epoch has: make "
            "the "
            "plan with the number of training images");
    return plan.epoch_batches;
}

// bm4's quorum of this batch, from the schedule or from what is left of the budget.
Ballot ballot_of(const Plan& plan, int epoch, std::uint64_t batch, const SynapseArray& a) {
    if (plan.pulse_budget == 0)
        return ballot_of_quorum(of_epoch(plan.quorum, epoch), plan.counter_top);
    const PulseBudget budget{plan.pulse_budget,
                             epoch_batches(plan) * static_cast<std::uint64_t>(plan.epochs)};
    const std::uint64_t wait = wait_for(budget, a.size(), a.pulses, batch - 1);
    // A pulse of the rule may be several of the device; counters in turn have the time of one.
    const auto burst = static_cast<std::uint64_t>(a.devices.device ? a.devices.device->burst : 1);
    const std::uint64_t own = wait * burst / static_cast<std::uint64_t>(plan.counter_share);
    return ballot_of_wait(
        wait == longest_wait ? wait : std::clamp<std::uint64_t>(own, 1, longest_wait),
        plan.counter_top, plan.counting);
}

SignRule sign_rule(const Plan& plan, int epoch, std::uint64_t batch, const SynapseArray& a,
                   const Factor& step) {
    SignRule rule{};
    rule.kind = plan.rule->kind;
    rule.momentum = plan.momentum;
    rule.rate = step.mantissa;
    rule.rate_shift = step.shift;
    rule.top = top_synapse_level(a.bits);
    rule.stride = a.bits == 1 ? 2 : 1;
    if (const auto& device = a.devices.device)
        rule.stride = plan.rule->counts_votes ? device->burst : 1;
    if (plan.rule->counts_votes) {
        const Ballot ballot = ballot_of(plan, epoch, batch, a);
        rule.quorum = ballot.quorum;
        rule.skip = ballot.skip;
        rule.counter_top = plan.counter_top;
        const auto leak = static_cast<std::uint64_t>(plan.counter_leak);
        rule.leak = leak != 0 && batch % leak == 0;
        rule.spare = plan.at_bound == AtBound::spare;
    }
    set_decay(rule, plan, a);
    return rule;
}

// The random halves of n synapses from `first` on; nearest rounding is a half for all. Counted
// votes draw only where some are skipped.
const std::uint16_t* update_halves(const Plan& plan, const SignRule& rule, const Stream& s,
                                   std::size_t first, std::size_t n, Scratch& scratch,
                                   const Kernels& kernels) {
    ensure(scratch.random, n);
    const bool counts = rule.kind == SignRuleKind::bm4;
    if (counts && rule.skip == 0) return nullptr;
    if (plan.update_rounding == Rounding::nearest && !counts)
        std::fill_n(scratch.random.begin(), n, std::uint16_t{32768});
    else
        kernels.random_halves(scratch.random.data(), first, n, s.seed, s.step, s.tag);
    return scratch.random.data();
}

// One piece of synapses whose pulses are looked at one by one: the rule's pulses, then what devices
// make of them, or two arrays.
std::uint64_t pulse_piece(SynapseArray& a, SynapseArray* back, std::int16_t* trace,
                          const std::int8_t* signs, const std::uint16_t* random, std::size_t first,
                          std::size_t n, const SignRule& rule, const Stream& s, Scratch& scratch,
                          const Kernels& kernels) {
    std::vector<std::int8_t>& pulses = scratch.devices.pulses;
    ensure(pulses, n);
    const std::int8_t* levels = std::get<std::vector<std::int8_t>>(a.levels).data() + first;
    const std::uint64_t sent =
        kernels.pulses8(pulses.data(), levels, trace, signs, random, n, rule);
    if (sent != 0) send(a, back, first, n, s, scratch, kernels);
    // Of one bit a pulse is two levels.
    return a.devices.device ? sent : sent / static_cast<std::uint64_t>(rule.stride);
}

// The synapses that have the counters in this batch, first .. last - 1: all of them, or a stretch
// as long as there are counters, which passes on and starts anew after every epoch.
struct Turn {
    std::size_t first, last;
};

Turn turn_of(std::size_t synapses, Trace& trace, const Plan& plan, const SignRule& rule,
             std::uint64_t batch) {
    if (plan.counter_share == 1 || rule.kind != SignRuleKind::bm4) return {0, synapses};
    const std::uint64_t batches = epoch_batches(plan);
    const std::size_t counters = trace.sign.size();
    const std::uint64_t turn =
        (batch - 1) / batches % static_cast<std::uint64_t>(plan.counter_share);
    if ((batch - 1) % batches == 0) std::fill(trace.sign.begin(), trace.sign.end(), 0);
    const std::size_t first = std::min(counters * turn, synapses);
    return {first, std::min(first + counters, synapses)};
}

// All that reaches the synapses of the gradient sums is their sign.
void pulse_by_sign(SynapseArray& a, SynapseArray* back, Trace& trace, const std::int32_t* gradient,
                   const SignRule& rule, const Plan& plan, const Stream& s, Workspace& work,
                   const Compute& compute) {
    clear_counts(work);
    const Turn turn = turn_of(a.size(), trace, plan, rule, s.step);
    const std::uint64_t sent = compute.reduce<Reduce::sum>(
        turn.last - turn.first, update_chunk, [&](std::size_t at, std::size_t end, int thread) {
            Scratch& scratch = work.scratch[static_cast<std::size_t>(thread)];
            const std::size_t first = turn.first + at, n = end - at;
            const std::uint16_t* random =
                update_halves(plan, rule, s, first, n, scratch, compute.kernels);
            ensure(scratch.signs, n);
            std::int8_t* const signs = scratch.signs.data();
            compute.kernels.signs(signs, gradient + first, n);
            std::int16_t* t = trace.sign.data() + at;
            if (a.devices.device || back != nullptr)
                return pulse_piece(a, back, t, signs, random, first, n, rule, s, scratch,
                                   compute.kernels);
            if (auto* narrow = std::get_if<std::vector<std::int8_t>>(&a.levels))
                return compute.kernels.update8(narrow->data() + first, t, signs, random, n, rule);
            return compute.kernels.update16(
                std::get<std::vector<std::int16_t>>(a.levels).data() + first, t, signs, random, n,
                rule);
        });
    add_counts(a, back, sent, work);
}

// Fractional bits of sgd's trace: with 20, eight-bit synapses have room for 2048 levels per unit
// rate; wider synapses have more levels and finer ones, so they give up a bit of fraction for each.
int trace_bits(const SynapseArray& a) {
    return 20 - std::max(0, a.bits - 8);
}

// sgd's scale: tau = gradient * mantissa / 2^shift, in levels per unit rate, in the trace's format.
struct SgdScale {
    std::int64_t mantissa;  // below 2^31
    int shift;
};

// 2^exponent / batch * (1024 / gain)^2, the last for the read-out alone.
SgdScale sgd_scale(int exponent, std::size_t batch, int gain) {
    const std::int64_t divisor = std::int64_t{gain} * gain * static_cast<std::int64_t>(batch);
    SgdScale s{round_divide(std::int64_t{1} << 60, divisor), 40 - exponent};
    while (s.mantissa >> 31 != 0) {
        s.mantissa >>= 1;
        --s.shift;
    }
    return s;
}

std::int64_t scaled(std::int64_t x, const SgdScale& s) {
    if (s.shift > 62) return 0;
    const std::int64_t product = x * s.mantissa;  // 2^31 * 2^31
    if (s.shift >= 0) return s.shift == 0 ? product : round_shift(product, s.shift);
    return sign_of(product) * (std::abs(product) >> 40 != 0
                                   ? std::int64_t{1} << 40
                                   : std::abs(product) << std::min(-s.shift, 22));
}

struct SgdRule {
    std::int64_t rate;  // * 2^24
    int bits;           // fractional, of the trace
    int top, stride;
};

// One synapse of sgd: new trace, then pulses by stochastic rounding.
std::int64_t sgd_pulses(int level, std::int32_t& trace, std::int64_t gradient, int random,
                        const SgdRule& rule, const Plan& plan) {
    const std::int64_t kept = std::int64_t{trace} * plan.momentum / 32768;
    const std::int64_t decay = level * plan.decay >> (32 - rule.bits);
    const std::int64_t limit = std::numeric_limits<std::int32_t>::max();
    trace = static_cast<std::int32_t>(saturate(kept - saturate(gradient, limit) - decay, limit));
    // bits + 24 fractional bits to 16.
    return ((trace * rule.rate >> (rule.bits + 8)) + random) >> 16;
}

// sgd on a piece of ideal synapses, and on those of `back` where that is not null; or, on devices,
// the pulses alone.
std::uint64_t sgd_piece(SynapseArray& a, SynapseArray* back, Trace& trace,
                        const std::int32_t* gradient, const SgdScale& scale, const SgdRule& rule,
                        const Plan& plan, const std::uint16_t* random, std::size_t first,
                        std::size_t last, std::vector<std::int8_t>& pulses) {
    std::uint64_t sent = 0;
    if (a.devices.device) ensure(pulses, last - first);
    std::visit(
        [&](auto& levels) {
            using Level = typename std::decay_t<decltype(levels)>::value_type;
            const auto add = [&rule](Level& level, std::int64_t move) {
                level = static_cast<Level>(saturate(level + move * rule.stride, rule.top));
            };
            Level* const behind =
                back ? std::get<std::vector<Level>>(back->levels).data() : nullptr;
            for (std::size_t i = first; i < last; ++i) {
                std::int64_t move = sgd_pulses(levels[i], trace.sgd[i], scaled(gradient[i], scale),
                                               random[i - first], rule, plan);
                if (a.devices.device) {
                    pulses[i - first] = static_cast<std::int8_t>(move = saturate(move, 127));
                } else {
                    add(levels[i], move);
                    if (behind != nullptr) add(behind[i], move);
                }
                sent += static_cast<std::uint64_t>(std::abs(move));
            }
        },
        a.levels);
    return sent;
}

void pulse_by_sgd(SynapseArray& a, SynapseArray* back, Trace& trace, const std::int32_t* gradient,
                  const SgdScale& scale, int top, const Plan& plan, std::int64_t rate,
                  const Stream& s, Workspace& work, const Compute& compute) {
    const SgdRule rule{rate, trace_bits(a), top, a.bits == 1 ? 2 : 1};
    clear_counts(work);
    const auto piece = [&](std::size_t first, std::size_t last, int thread) {
        Scratch& scratch = work.scratch[static_cast<std::size_t>(thread)];
        const std::uint16_t* random =
            update_halves(plan, SignRule{}, s, first, last - first, scratch, compute.kernels);
        const std::uint64_t sent = sgd_piece(a, back, trace, gradient, scale, rule, plan, random,
                                             first, last, scratch.devices.pulses);
        if (a.devices.device) send(a, back, first, last - first, s, scratch, compute.kernels);
        return sent;
    };
    add_counts(a, back, compute.reduce<Reduce::sum>(a.size(), update_chunk, piece), work);
}

SignRule affine_rule(const Plan& plan, const SynapseArray& a, const Factor& step) {
    SignRule rule{};
    rule.kind = rule_of_scales(*plan.rule).kind;
    rule.momentum = plan.momentum;
    rule.rate = step.mantissa;
    rule.rate_shift = step.shift;
    rule.top = plan.affine_top;
    rule.stride = 1;
    set_decay(rule, plan, a);
    return rule;
}

// Learnt scale (gradient: sum of e x) and shift (unit * sum of e), real units of 2^-12 a level.
void update_affine(Layer& layer, std::size_t index, const Plan& plan, int epoch, std::uint64_t step,
                   Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    Affine& affine = layer.norm.affine;
    const auto channels = static_cast<std::size_t>(layer.norm.channels);
    std::vector<std::int32_t>& gradient = lp.affine_gradient;
    ensure(gradient, channels);
    for (const bool shift : {false, true}) {
        SynapseArray& a = shift ? affine.shift : affine.scale;
        Trace& trace = shift ? affine.shift_trace : affine.scale_trace;
        for (std::size_t c = 0; c < channels; ++c) {
            const std::int64_t g =
                shift ? lp.delta_moments.e[c] * layer.norm.unit : lp.delta_moments.ex[c];
            gradient[c] =
                static_cast<std::int32_t>(saturate(g, std::numeric_limits<std::int32_t>::max()));
        }
        const Stream s = stream(plan.seed, Purpose::pulse, lanes::affine(index, shift), step);
        if (plan.rule->sign_only) {
            const SignRule rule = affine_rule(plan, a, of_epoch(plan.affine_step, epoch));
            pulse_by_sign(a, nullptr, trace, gradient.data(), rule, plan, s, work, compute);
        } else
            // A level is 2^-12.
            pulse_by_sgd(a, nullptr, trace, gradient.data(),
                         sgd_scale(lp.output_exponent + 12 + trace_bits(a), work.whole_count, 1024),
                         plan.affine_top, plan, of_epoch(plan.layer(index).sgd_rate, epoch), s,
                         work, compute);
    }
}

}  // namespace

// d * level * 2^exponent with 10 fractional bits, by a factor whose product with the largest level
// stays below 2^31.
void set_decay(SignRule& rule, const Plan& plan, const SynapseArray& a) {
    std::int64_t factor = plan.decay;  // * 2^32
    int shift = 32 - 10 - a.exponent;
    while (factor * rule.top > std::numeric_limits<std::int32_t>::max() || shift > 31) {
        factor >>= 1;
        --shift;
    }
    rule.decay = static_cast<std::int32_t>(shift < 0 ? 0 : factor);
    rule.decay_shift = std::max(shift, 0);
}

void update_layer(Layer& layer, std::size_t index, bool last, const Plan& plan, int epoch,
                  std::uint64_t step, Workspace& work, const Compute& compute) {
    LayerWorkspace& lp = work.layers[index];
    const LayerPlan& own = plan.layer(index);
    SynapseArray* const back = layer.feedback.pulsed ? &*layer.feedback.pulsed : nullptr;
    const Stream s = stream(plan.seed, Purpose::pulse, lanes::layer(index), step);
    if (plan.rule->sign_only) {
        pulse_by_sign(layer.forward, back, layer.trace, lp.gradient.data(),
                      sign_rule(plan, epoch, step, layer.forward,
                                of_epoch(last ? own.readout_step : own.step, epoch)),
                      plan, s, work, compute);
    } else {
        // Gradients are per level; per real weight, and back to levels: 2^(-2 exponent).
        const int exponent = lp.sum_delta.exponent - layer.sum_shift - 2 * layer.forward.exponent +
                             trace_bits(layer.forward);
        pulse_by_sgd(layer.forward, back, layer.trace, lp.gradient.data(),
                     sgd_scale(exponent, work.whole_count, last ? plan.gain : 1024),
                     top_synapse_level(layer.forward.bits), plan, of_epoch(own.sgd_rate, epoch), s,
                     work, compute);
    }
    refresh_layer(layer, index, plan, step, work, compute);
    const auto copied = [&](std::size_t first, std::size_t end, int) {
        return sync_feedback_signs(layer.feedback, layer.forward, step, first, end,
                                   compute.kernels);
    };
    layer.feedback.copies +=
        compute.reduce<Reduce::sum>(layer.forward.size(), update_chunk, copied);
    if (layer.norm.mode == BatchNormMode::affine)
        update_affine(layer, index, plan, epoch, step, work, compute);
}

}  // namespace crossbar
