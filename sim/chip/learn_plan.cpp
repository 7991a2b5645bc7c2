// Cuts the chain of stages into blocks, and lays out what each needs and when.
#include "chip/learn_plan.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t rows_unpacked = 8, windows_wide = 5, most_pools = 4;  // CB_ROWS, CB_POOLS
constexpr std::size_t dense_group = 2;  // products are of two rows

std::size_t size_of(int n) {
    return static_cast<std::size_t>(n);
}

void check_settings(const Network& net, const Plan& plan) {
    if (!plan.rule->sign_only)
        fail("--trainable: --rule {} needs magnitudes of gradients; C sources learn by bm1 to bm4",
             plan.rule->name);
    if (plan.epochs == 0)
        fail("--trainable: a training of no epochs has no rates or quorums; give --epochs N");
    if (plan.voting.voters != 0)
        fail("--trainable: one chip has no voters; train without --voters");
    if (!plan.own.empty() && !plan.rule->counts_votes)
        fail(
            "--trainable: C sources have one rate for the synapses of all layers; where layers "
            "have bits of their own (--layer), train with --rule bm4");
    if (plan.batch > 4096)
        fail("--trainable: a batch of {} images; C sources count to 4096", plan.batch);
    if (net.layers.back().norm.mode != BatchNormMode::none)
        fail("--trainable: the last layer is normalised, which C sources do not learn");
}

void check_layer(const Layer& layer, const Plan& plan) {
    if (layer.forward.devices.device || layer.feedback.device)
        fail(
            "--trainable: {}: the pulses of this target's devices are not part of C sources; train "
            "with --target ideal",
            layer.text);
    if (layer.feedback.pulsed)
        fail(
            "--trainable: C sources copy signs to feedback synapses, and with --feedback {} these "
            "get pulses; train with --feedback frsf or nfrsf",
            plan.feedback->name);
    if (layer.forward.bits > 8)
        fail("--trainable: {}: C sources learn synapses of 1 to 8 bits, and these have {}",
             layer.text, layer.forward.bits);
    constexpr std::size_t most_products = 133144;  // of 127 * 127 in an int32
    if (layer.depthwise || layer.norm.mode == BatchNormMode::affine || layer.tiles ||
        layer.feedback_tiles)
        fail("--trainable: {}: C sources learn no {}", layer.text,
             layer.depthwise                            ? "depthwise convolution"
             : layer.norm.mode != BatchNormMode::affine ? "layer that is read through tiles"
                                                        : "scale and shift (--bn affine)");
    if (layer.positions() * size_of(plan.batch) > most_products)
        fail(
            "--trainable: {}: {} positions of {} images are more than the {} that a sum of 32 bits "
            "holds; use a smaller --batch",
            layer.text, layer.positions(), plan.batch, most_products);
}

LearnBlock block_of(const Layer& layer, const Plan& plan) {
    check_layer(layer, plan);
    const Window& w = layer.window;
    LearnBlock b{.layer = &layer, .dense = layer.dense()};
    b.in_size = Shape{w.in_height, w.in_width, w.channels}.size();
    b.out_size = layer.positions() * size_of(layer.forward.outputs);
    return b;
}

void add_pool(LearnBlock& b, const Stage& stage, std::size_t number) {
    if (b.dense)
        fail("--trainable: a pool behind {}: C sources pool maps of convolutions alone",
             b.layer->text);
    if (b.pools.size() == most_pools)
        fail("--trainable: more than {} pools behind {}", most_pools, b.layer->text);
    b.pools.push_back({number, stage.window, stage.kind == StageKind::average_pool});
    b.out_size = stage.out.size();
}

std::vector<LearnBlock> blocks_of(const Network& net, const Plan& plan) {
    std::vector<LearnBlock> blocks;
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& stage = net.stages[i];
        const bool chain = stage.inputs.size() == 1 && stage.inputs[0] == static_cast<int>(i) - 1 &&
                           stage.kind != StageKind::add && stage.kind != StageKind::shortcut;
        if (!chain)
            fail(
                "--trainable: C sources learn in chains of layers, and this network has sums or "
                "stages that are read twice; without --trainable they read it");
        if (stage.kind == StageKind::convolution) {
            blocks.push_back(block_of(net.layers[size_of(stage.layer)], plan));
            continue;
        }
        if (blocks.empty())
            fail("--trainable: the network begins with a pool or a relu; expected a layer");
        LearnBlock& b = blocks.back();
        if (stage.kind != StageKind::relu)
            add_pool(b, stage, i);
        else if (b.pools.empty())
            b.rectified = true;
        else
            b.pools.back().rectified = true;
    }
    return blocks;
}

// Places one behind the other.
class Row {
  public:
    explicit Row(std::size_t alignment, std::size_t at = 0) : alignment_(alignment), at_(at) {}
    std::size_t take(std::size_t bytes) {
        const std::size_t place = at_;
        at_ = (at_ + bytes + alignment_ - 1) / alignment_ * alignment_;
        return place;
    }
    std::size_t end() const { return at_; }

  private:
    std::size_t alignment_, at_;
};

// A unit is an image, or of a dense layer the batch.
void lay_scratch(LearnBlock& b, const Plan& plan) {
    const Layer& l = *b.layer;
    const std::size_t images = size_of(plan.batch), unit = b.dense ? images : 1;
    const std::size_t depth = size_of(l.forward.inputs), outputs = size_of(l.forward.outputs);
    const std::size_t positions = b.dense ? images : l.positions(), x = positions * outputs;
    const bool normalised = l.norm.mode != BatchNormMode::none;
    LearnScratch& s = b.scratch;
    Row row(4);
    s.rows = row.take(rows_unpacked * depth);
    s.windows = row.take(windows_wide * (l.learns ? std::max(depth, positions) : depth));
    s.x = row.take(x);
    for (LearnPool& p : b.pools) {
        const Window& w = p.window;
        const std::size_t out = Shape{w.out_height, w.out_width, w.channels}.size();
        p.out = row.take(out);
        p.which = row.take(p.average ? 0 : out);
    }
    s.forward = row.end();
    for (LearnPool& p : b.pools)
        p.below = row.take(Shape{p.window.in_height, p.window.in_width, p.window.channels}.size());
    if (normalised) {
        s.sum_delta = b.pools.empty() ? row.take(x) : b.pools.front().below;
        s.slopes = row.take(12 * outputs);
    }
    s.input_sum = row.take(4 * depth);
    s.residual = row.take(4 * outputs);
    s.wide = row.take(l.passes_delta ? 4 * b.in_size * unit : 0);
    b.group = b.dense ? std::min(dense_group, outputs) : outputs;
    const std::size_t gradient = l.learns ? 4 * b.group * depth : 0;
    // A dense layer's deltas below are done when its gradient is summed.
    if (b.dense && l.passes_delta && gradient <= 4 * b.in_size * unit)
        s.gradient = s.wide;
    else
        s.gradient = row.take(gradient);
    s.back = row.end();
}

void lay_state(LearnPlan& learning, const Plan& plan) {
    Row row(8, 8);  // behind the header
    for (LearnBlock& b : learning.blocks)
        b.counts = row.take(24);
    for (LearnBlock& b : learning.blocks) {
        const SynapseArray& a = b.layer->forward;
        if (b.layer->norm.mode != BatchNormMode::none)
            b.running = row.take(16 * size_of(a.outputs));
        if (b.layer->learns) b.levels = row.take(level_bytes(a));
    }
    learning.traces_at = row.end();
    for (LearnBlock& b : learning.blocks)
        if (b.layer->learns) b.traces = row.take(trace_bytes(plan, b.layer->trace.sign.size()));
    learning.state = row.end();
}

// Blocks forward at times 0, 1, ..., and back in the opposite order behind them.
void lay_arena(LearnPlan& learning, const Plan& plan, int classes) {
    std::vector<LearnBlock>& blocks = learning.blocks;
    const std::size_t n = blocks.size(), images = size_of(plan.batch);
    const auto back = [n](std::size_t i) { return 2 * n - 1 - i; };
    std::vector<ArenaPlace> places;
    std::vector<std::size_t*> owners;
    const auto place = [&](std::size_t& owner, std::size_t size, std::size_t born,
                           std::size_t dies) {
        places.push_back({size, born, dies});
        owners.push_back(&owner);
    };
    place(blocks[0].in, images * blocks[0].in_size, 0, back(0));
    for (std::size_t i = 0; i < n; ++i) {
        LearnBlock& b = blocks[i];
        const bool last = i + 1 == n;
        // Of the last one logits and their wide deltas.
        place(b.out, images * (last ? 8 * size_of(classes) : b.out_size), i,
              back(last ? i : i + 1));
        place(b.delta, images * b.out_size, last ? i : back(i + 1), back(i));
        if (b.layer->norm.mode != BatchNormMode::none)
            place(b.constants, 16 * size_of(b.layer->forward.outputs), i, back(i));
        place(b.scratch_forward, b.scratch.forward, i, i);
        place(b.scratch_back, b.scratch.back, back(i), back(i));
    }
    learning.arena = pack_places(places);
    for (std::size_t i = 0; i < places.size(); ++i)
        *owners[i] = places[i].offset;
    for (std::size_t i = 1; i < n; ++i) {
        blocks[i].in = blocks[i - 1].out;
        blocks[i].delta_below = blocks[i - 1].delta;
    }
}

}  // namespace

std::size_t trace_bytes(const Plan& plan, std::size_t count) {
    if (!plan.rule->counts_votes) return 2 * count;
    const auto bits =
        static_cast<std::size_t>(bit_width(static_cast<std::uint64_t>(plan.counter_top)) + 1);
    return (count + 31) / 32 * bits * 4;
}

LearnPlan plan_learning(const Network& net, const Plan& plan) {
    check_settings(net, plan);
    LearnPlan learning;
    learning.blocks = blocks_of(net, plan);
    for (LearnBlock& b : learning.blocks)
        lay_scratch(b, plan);
    lay_state(learning, plan);
    lay_arena(learning, plan, net.classes);
    return learning;
}

}  // namespace crossbar::sim
