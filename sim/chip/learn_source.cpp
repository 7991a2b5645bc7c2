// Prints tables of a training, and the state's bytes.
#include "chip/learn_source.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "base/tables.hpp"
#include "chip/chip_text.hpp"
#include "training/update.hpp"

namespace crossbar::sim {
namespace {

using Bytes = std::vector<std::uint8_t>;

const char* const learn_runtime[] = {
    "cb_learn.h", "cb_learn.c", "cb_state.h", "cb_state.c", "cb_signature.c", "cb_random.h",
    "cb_random.c", "cb_feedback.h", "cb_feedback.c", "cb_u128.h", "cb_norm.h", "cb_norm.c",
    "cb_rule.h", "cb_rule.c", "cb_deltas.h", "cb_deltas.c", "cb_pass.h", "cb_pool.c",
    "cb_forward.c", "cb_backward.c",
    // of those that infer
    "cb_net.h", "cb_fixed.h", "cb_window.h", "cb_activate.h", "cb_class.c", "cb_levels.c",
    "cb_gather.c", "cb_pixels.c", "cb_products.h", "cb_products.c"};

// Levels as cb_learn.h has them: a zero whose feedback synapse is negative has a code of its own.
Bytes coded_levels(const Layer& layer, bool signs_follow) {
    const SynapseArray& a = layer.forward;
    const auto bits = static_cast<unsigned>(stored_bits(a.bits));
    const auto depth = static_cast<std::size_t>(a.inputs);
    const std::size_t row = (depth * bits + 7) / 8;
    Bytes bytes(static_cast<std::size_t>(a.outputs) * row);
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int level = level_at(a, i);
        const bool negative =
            signs_follow && !layer.feedback.levels.empty() && layer.feedback.levels[i] < 0;
        int code = level == 0 && negative ? -(1 << (bits - 1)) : level;
        if (bits == 1) code = level > 0;
        const std::size_t at = i % depth * bits;
        bytes[i / depth * row + at / 8] |=
            static_cast<std::uint8_t>((static_cast<unsigned>(code) & ((1u << bits) - 1)) << at % 8);
    }
    return bytes;
}

template <typename T>
void put(Bytes& bytes, std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

void put_traces(const Plan& plan, const Trace& trace, Bytes& bytes, std::size_t at) {
    const auto bits =
        static_cast<std::size_t>(bit_width(static_cast<std::uint64_t>(plan.counter_top)) + 1);
    for (std::size_t i = 0; i < trace.sign.size(); ++i) {
        const std::int16_t value = trace.sign[i];
        if (!plan.rule->counts_votes) {
            put(bytes, at + 2 * i, value);
            continue;
        }
        for (std::size_t b = 0; b < bits; ++b)
            if ((static_cast<unsigned>(value) >> b & 1u) != 0) {
                const std::size_t bit = i / 32 * bits * 32 + i % 32 * bits + b;
                bytes[at + bit / 8] |= static_cast<std::uint8_t>(1u << bit % 8);
            }
    }
}

void put_block(const LearnBlock& b, const Plan& plan, Bytes& bytes) {
    const Layer& l = *b.layer;
    put(bytes, b.counts, l.forward.pulses);
    put(bytes, b.counts + 8, l.feedback.copies);
    const bool normalised = l.norm.mode != BatchNormMode::none;
    put(bytes, b.counts + 16, std::uint32_t{normalised ? l.norm.started : l.scale.started});
    put(bytes, b.counts + 20, std::int32_t{l.scale.shift});
    if (normalised)
        for (std::size_t o = 0; o < l.norm.running.mean.size(); ++o) {
            put(bytes, b.running + 8 * o, l.norm.running.mean[o]);
            put(bytes, b.running + 8 * (l.norm.running.mean.size() + o),
                l.norm.running.variance[o]);
        }
    if (!l.learns) return;
    const Bytes levels = coded_levels(l, plan.feedback->signs_follow);
    std::copy(levels.begin(), levels.end(), bytes.begin() + static_cast<std::ptrdiff_t>(b.levels));
    put_traces(plan, l.trace, bytes, b.traces);
}

std::string pools_text(const LearnBlock& b, int number) {
    if (b.pools.empty()) return {};
    std::string text = fmt::format("static const cb_pool pools_{}[] = {{\n", number);
    for (const LearnPool& p : b.pools)
        text +=
            fmt::format("    {{{}, {}, {:d}, {:d}, {:d}, {}, {}, {}}},\n", window_text(p.window),
                        p.stage, p.average, p.rectified, p.sums(), p.out, p.which, p.below);
    return text + "};\n";
}

// A dense layer's window is one pixel; how many there are is the batch's business.
Window window_of(const LearnBlock& b) {
    const Window& w = b.layer->window;
    if (!b.dense) return w;
    const int depth = b.layer->forward.inputs;
    return {1, 1, depth, 1, 1, 1, 0, 1, 1};
}

std::string block_text(const LearnBlock& b, const Plan& plan, int number) {
    const Layer& l = *b.layer;
    const SynapseArray& a = l.forward;
    const LearnScratch& s = b.scratch;
    SignRule rule{};
    rule.top = top_synapse_level(a.bits);
    set_decay(rule, plan, a);
    const std::string pools = b.pools.empty() ? "0" : fmt::format("pools_{}", number);
    const std::string levels = l.learns ? "0" : fmt::format("held_{}", number);
    return fmt::format("    /* {} */\n    {{{}, {}, {}, {}, {}, {}, {}, {}, ", l.text,
                       window_text(window_of(b)), pools, levels, a.inputs, a.outputs,
                       stored_bits(a.bits), rule.top, l.sum_shift) +
           fmt::format("{:d}, {:d}, {:d}, {:d}, {:d}, {}, {}, {}, {}, {}, {},\n     ", b.dense,
                       l.norm.mode != BatchNormMode::none, l.learns, l.passes_delta, b.rectified,
                       b.pools.size(), a.exponent, rule.decay, rule.decay_shift, b.in_size,
                       b.out_size) +
           fmt::format("{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {},\n     ", b.levels, b.traces,
                       b.running, b.counts, l.trace.sign.size(), b.in, b.out, b.delta,
                       b.delta_below, b.constants, b.scratch_forward, b.scratch_back) +
           fmt::format("{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}},\n", s.rows, s.windows, s.x,
                       s.sum_delta, s.wide, s.input_sum, s.residual, s.slopes, s.gradient, b.group);
}

std::string epochs_text(const Plan& plan) {
    std::string text;
    for (std::size_t e = 0; e < plan.step.size(); ++e) {
        Ballot ballot{0, 0};
        if (!plan.quorum.empty())
            ballot = ballot_of_quorum(plan.quorum[std::min(e, plan.quorum.size() - 1)],
                                      plan.counter_top);
        text += fmt::format("    {{{}, {}, {}, {}, {}, {}}},\n", plan.step[e].mantissa,
                            plan.readout_step[e].mantissa, plan.step[e].shift,
                            plan.readout_step[e].shift, ballot.quorum, ballot.skip);
    }
    return text;
}

const char* magnitude_name(Magnitude magnitude) {
    switch (magnitude) {
        case Magnitude::forward:
        case Magnitude::pulsed:  // refused by plan_learning
            return "CB_SYMMETRIC";
        case Magnitude::one:
            return "CB_ONE";
        case Magnitude::uniform:
            return "CB_UNIFORM";
        case Magnitude::normal:
            return "CB_NORMAL";
    }
    return "";
}

std::string net_text(const LearnPlan& learning, const LearnStart& start, const std::string& macro) {
    const Plan& p = start.plan;
    const Network& net = start.network;
    const bool balanced = std::none_of(net.layers.begin(), net.layers.end(), [](const Layer& l) {
        return l.norm.mode != BatchNormMode::none;
    });
    const bool votes = p.rule->counts_votes, own = p.feedback->magnitude != Magnitude::forward;
    const int counter_bits = bit_width(static_cast<std::uint64_t>(p.counter_top)) + 1;
    return fmt::format("    blocks, epochs, {}ull, {}ull,\n", p.seed, p.label_smoothing) +
           fmt::format("    {}_LEARN_VERSION, {}, {}, {}, {}, {}, {}, {},\n", macro,
                       learning.blocks.size(), p.step.size(), p.batch, net.classes,
                       net.input.size(), learning.state, learning.arena) +
           fmt::format("    {}, {}, {}, {}, {}, {}, {}, {},\n", p.epoch_batches, p.pulse_budget,
                       p.concordance, p.momentum, p.gain, p.counter_top, p.counter_share,
                       p.counter_leak) +
           fmt::format("    {}, {:d}, {:d}, {}, {}, {}, {}, {},\n", counter_bits,
                       p.counting == Counting::sampled, p.at_bound == AtBound::spare,
                       votes ? "CB_BM4" : fmt::format("CB_{}", upper(p.rule->name)), net.input_top,
                       net.input_top, top_level(p.error_bits),
                       bit_width(static_cast<std::uint64_t>(normal_unit(p.activation_bits))) - 1) +
           fmt::format("    {:d}, {:d}, {:d}, {}, {}, {:d}, {:d}, {:d}, {:d}, {}",
                       p.error_rounding == Rounding::stochastic,
                       p.update_rounding == Rounding::nearest, balanced,
                       magnitude_name(p.feedback->magnitude), top_level(p.feedback_bits),
                       own && p.feedback->signs_follow, p.feedback->redrawn, p.feedback->masked,
                       p.sign_of_zero == SignOfZero::zero && p.feedback->signs_follow && own,
                       lanes::loss(net.layers.size()));
}

void check_start(const LearnStart& start, const LearnPlan& learning) {
    if (start.plan.epoch_batches == 0 ||
        start.plan.epoch_batches > std::numeric_limits<std::int32_t>::max())
        fail("--trainable: an epoch of {} batches; expected 1 to 2147483647",
             start.plan.epoch_batches);
    if (start.step > std::numeric_limits<std::int32_t>::max())
        fail("--trainable: {} batches were trained; C sources count to 2147483647", start.step);
    for (const LearnBlock& b : learning.blocks)
        if (b.layer->forward.size() > std::size_t{1} << 24)
            fail("--trainable: {}: {} synapses; C sources learn layers of at most {}",
                 b.layer->text, b.layer->forward.size(), 1 << 24);
}

template <typename T>
void append(std::string& bytes, const std::vector<T>& values) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
void append(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string exp_table_file() {
    return "/* exp(-i / 256) * 2^30, rounded. */\n#include \"cb_deltas.h\"\n\nconst uint32_t "
           "cb_exp[4096] = {\n" +
           listed(exp_table()) + "};\n";
}

// The table of the README: where the state's bytes are.
std::string layers_text(const LearnPlan& learning, const Plan& plan) {
    std::string text;
    for (const LearnBlock& b : learning.blocks) {
        const Layer& l = *b.layer;
        text += fmt::format("| {} | {} | {} | {} | {} |\n", l.text, group(l.forward.size()),
                            group(l.learns ? level_bytes(l.forward) : 0),
                            group(l.learns ? trace_bytes(plan, l.trace.sign.size()) : 0),
                            group(b.scratch.back));
    }
    return text;
}

}  // namespace

std::vector<std::uint8_t> initial_state(const LearnPlan& learning, const LearnStart& start,
                                        std::uint32_t version) {
    Bytes bytes(learning.state);
    put(bytes, 0, version);
    put(bytes, 4, static_cast<std::uint32_t>(start.step));
    for (const LearnBlock& b : learning.blocks)
        put_block(b, start.plan, bytes);
    while (bytes.size() > learning.traces_at && bytes.back() == 0)
        bytes.pop_back();
    return bytes;
}

CFiles learn_sources(const LearnStart& start, const std::string& name,
                     const LearnVectors& vectors) {
    const LearnPlan learning = plan_learning(start.network, start.plan);
    check_start(start, learning);
    const std::string macro = upper(name);
    std::string tables, blocks;
    for (std::size_t i = 0; i < learning.blocks.size(); ++i) {
        const LearnBlock& b = learning.blocks[i];
        const int number = static_cast<int>(i) + 1;
        tables += pools_text(b, number);
        if (!b.layer->learns)
            tables += table("uint8_t", fmt::format("held_{}", number),
                            coded_levels(*b.layer, start.plan.feedback->signs_follow));
        blocks += block_text(b, start.plan, number);
    }
    const std::string text =
        tables + blocks + net_text(learning, start, macro) + epochs_text(start.plan);
    const auto version =
        static_cast<std::uint32_t>(fingerprint(text.data(), text.size(), fingerprint_start) >> 32);
    const Fillings fillings = {{"name", name},
                               {"NAME", macro},
                               {"version", fmt::format("0x{:08x}u", version)},
                               {"batch", std::to_string(start.plan.batch)},
                               {"classes", std::to_string(start.network.classes)},
                               {"pixels", std::to_string(start.network.input.size())},
                               {"state", std::to_string(learning.state)},
                               {"arena", std::to_string(learning.arena)},
                               {"pixels_at", std::to_string(learning.blocks[0].in)},
                               {"state_grouped", group(learning.state)},
                               {"arena_grouped", group(learning.arena)},
                               {"rule", start.plan.rule->name},
                               {"feedback", start.plan.feedback->name},
                               {"layers", layers_text(learning, start.plan)},
                               {"initial", listed(initial_state(learning, start, version))},
                               {"tables", tables},
                               {"blocks", blocks},
                               {"epochs", epochs_text(start.plan)},
                               {"net", net_text(learning, start, macro)}};
    CFiles files;
    for (const char* file : {"net_learn.h", "net_learn.c"})
        files.emplace_back(name + std::string(file).substr(3), filled(file, fillings));
    for (const char* file : {"learn.c", "LEARN.md"})
        files.emplace_back(file, filled(file, fillings));
    files.emplace_back(name + "_batches.bin", learn_vectors_file(vectors));
    for (const char* file : learn_runtime)
        files.emplace_back(std::string("runtime/") + file,
                           std::string(embedded_text(std::string("sim/chip/runtime/") + file)));
    files.emplace_back("runtime/cb_exp.c", exp_table_file());
    return files;
}

std::string learn_vectors_file(const LearnVectors& v) {
    std::string bytes;
    append(bytes, static_cast<std::uint32_t>(v.batches.size()));
    for (const LearnVectors::Batch& batch : v.batches) {
        append(bytes, static_cast<std::uint32_t>(batch.labels.size()));
        append(bytes, batch.labels);
        append(bytes, batch.pixels);
    }
    append(bytes, v.signature);
    append(bytes, static_cast<std::uint32_t>(v.tests.labels.size()));
    append(bytes, v.tests.labels);
    append(bytes, v.tests.pixels);
    append(bytes, v.logits);
    return bytes;
}

}  // namespace crossbar::sim
