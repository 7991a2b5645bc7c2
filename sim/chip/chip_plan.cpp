// Orders the calls, lets a relu be part of what is below it, and packs maps into the arena by when
// they are read for the last time.
#include "chip/chip_plan.hpp"

#include <algorithm>
#include <numeric>

#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar::sim {
namespace {

void check_readable(const DeployedNetwork& net) {
    constexpr int most = 65535;  // of uint16_t in cb_layer; maps have 4,096 pixels across at most
    for (const DeployedLayer& layer : net.layers) {
        const Crossbar& c = *layer.crossbar;
        if (c.tiles || c.compensation != 0)
            fail(
                "{}: on this target it is read through tiles with converters, which C sources do "
                "not have; train with --target ideal, or with a target that has no [tiles]",
                c.text);
        if (c.forward.outputs > most)
            fail("{}: it has {} outputs, and C sources count to {}; make it smaller", c.text,
                 c.forward.outputs, most);
    }
    const Stage& last = net.stages.back();
    ENSURE(last.kind == StageKind::convolution && last.out.height * last.out.width == 1);
}

// Rows of levels that the kernel wants room for (runtime/cb_net.h).
std::size_t scratch_rows(const Crossbar& c) {
    constexpr std::size_t windows = 5, unpacked = 8;  // CB_ROWS
    const bool packed = stored_bits(c.forward.bits) < 8;
    if (c.forward.wide()) return 0;
    if (c.depthwise) return packed ? 1 : 0;
    return windows + (packed ? unpacked : 0);
}

class Planner {
  public:
    explicit Planner(const DeployedNetwork& net)
        : net_(net), place_(net.stages.size(), -1), exponents_(exponents_of(net)) {}

    ChipPlan plan() {
        plan_.calls.push_back({.kernel = CKernel::pixels, .out = new_place(net_.input.size())});
        for (std::size_t i = 0; i < net_.stages.size(); ++i) {
            const bool relu_follows = rectifies_next(i);
            add_stage(i);
            if (!relu_follows) continue;
            plan_.calls.back().rectified = true;
            ++i;
            place_[i] = place_[i - 1];
        }
        for (std::size_t i = 0; i < plan_.calls.size(); ++i)
            for (const int place : {plan_.calls[i].out, plan_.calls[i].in, plan_.calls[i].fine,
                                    plan_.calls[i].scratch})
                if (place >= 0) plan_.places[static_cast<std::size_t>(place)].dies = i;
        plan_.arena = pack_places(plan_.places);
        return std::move(plan_);
    }

  private:
    const Stage& stage(std::size_t i) const { return net_.stages[i]; }
    int place_of(int stage) const {
        return stage < 0 ? 0 : place_[static_cast<std::size_t>(stage)];
    }
    int exponent_of(int stage) const { return exponents_[static_cast<std::size_t>(stage + 1)]; }

    int new_place(std::size_t size) {
        plan_.places.push_back({size, plan_.calls.size(), plan_.calls.size()});
        return static_cast<int>(plan_.places.size() - 1);
    }

    std::size_t readers(std::size_t of) const {
        std::size_t n = 0;
        for (const Stage& s : net_.stages)
            n += static_cast<std::size_t>(
                std::count(s.inputs.begin(), s.inputs.end(), static_cast<int>(of)));
        return n;
    }

    // Whether the next stage is a relu that alone reads this one, whose kernel can clamp at 0.
    bool rectifies_next(std::size_t i) const {
        const StageKind kind = stage(i).kind;
        return (kind == StageKind::convolution || kind == StageKind::add) &&
               i + 1 < net_.stages.size() && stage(i + 1).kind == StageKind::relu &&
               stage(i + 1).inputs[0] == static_cast<int>(i) && readers(i) == 1;
    }

    // Whether no stage behind i reads what lies where `input` is.
    bool free_after(std::size_t i, int input) const {
        for (std::size_t k = i + 1; k < net_.stages.size(); ++k)
            for (const int read : stage(k).inputs)
                if (read < static_cast<int>(i) && place_of(read) == place_of(input)) return false;
        return true;
    }

    // Where element by element kernels put their output: over an input that nobody else reads.
    int place_over(std::size_t i) {
        for (const int input : stage(i).inputs)
            if (free_after(i, input)) return place_of(input);
        return new_place(stage(i).out.size());
    }

    void add_stage(std::size_t i) {
        const Stage& s = stage(i);
        CCall call{
            .kernel = CKernel::relu, .stage = static_cast<int>(i), .in = place_of(s.inputs[0])};
        switch (s.kind) {
            case StageKind::convolution:
                add_layer(i, call);
                break;
            case StageKind::max_pool:
                call.kernel = CKernel::max;
                break;
            case StageKind::average_pool:
                call.kernel = CKernel::average;
                break;
            case StageKind::shortcut:
                call.kernel = CKernel::shortcut;
                break;
            case StageKind::relu:
                call.out = place_over(i);
                break;
            case StageKind::add:
                add_sum(i, call);
                break;
        }
        if (call.out < 0 && i + 1 < net_.stages.size()) call.out = new_place(s.out.size());
        place_[i] = call.out;
        plan_.calls.push_back(call);
    }

    void add_layer(std::size_t i, CCall& call) {
        const DeployedLayer& layer = net_.layers[static_cast<std::size_t>(stage(i).layer)];
        const Crossbar& c = *layer.crossbar;
        const bool last = i + 1 == net_.stages.size(), wide = c.forward.wide();
        if (last)
            call.kernel = wide ? CKernel::wide_logits : CKernel::logits;
        else if (c.depthwise)
            call.kernel = wide ? CKernel::wide_depthwise : CKernel::depthwise;
        else
            call.kernel = wide ? CKernel::wide : CKernel::convolution;
        if (const std::size_t rows = scratch_rows(c))
            call.scratch = new_place(rows * static_cast<std::size_t>(c.forward.inputs));
    }

    void add_sum(std::size_t i, CCall& call) {
        const Stage& s = stage(i);
        const int a = exponent_of(s.inputs[0]), b = exponent_of(s.inputs[1]);
        call.kernel = CKernel::add;
        call.fine = place_of(s.inputs[1]);
        if (a < b) std::swap(call.in, call.fine);
        call.up = std::min(std::abs(a - b), 8);
        call.down = call.up + s.raise;
        call.out = place_over(i);
    }

    const DeployedNetwork& net_;
    std::vector<int> place_;            // of each stage's output
    const std::vector<int> exponents_;  // of the image, then of each stage
    ChipPlan plan_;
};

}  // namespace

int stored_bits(int bits) {
    for (const int stored : {1, 2, 4, 8})
        if (bits <= stored) return stored;
    return 16;
}

std::size_t level_bytes(const SynapseArray& a) {
    const auto bits = static_cast<std::size_t>(stored_bits(a.bits));
    return static_cast<std::size_t>(a.outputs) *
           ((static_cast<std::size_t>(a.inputs) * bits + 7) / 8);
}

// Sums of the last layer are the logits, and need none but its levels.
std::size_t constant_bytes(const DeployedNetwork& network, const DeployedLayer& layer) {
    const SynapseArray& a = layer.crossbar->forward;
    const std::size_t each =
        (layer.activation.normalised ? 12u : 0u) + (layer.activation.learnt() ? 6u : 0u);
    const bool last = &layer == &network.layers.back();
    return level_bytes(a) + (last ? 0 : each * static_cast<std::size_t>(a.outputs));
}

std::size_t constant_bytes(const DeployedNetwork& network) {
    std::size_t bytes = 0;
    for (const DeployedLayer& layer : network.layers)
        bytes += constant_bytes(network, layer);
    return bytes;
}

std::size_t pack_places(std::vector<ArenaPlace>& places) {
    std::size_t arena = 0;
    std::vector<std::size_t> order(places.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return places[a].size > places[b].size; });
    std::vector<const ArenaPlace*> placed;  // by offset
    for (const std::size_t k : order) {
        ArenaPlace& p = places[k];
        for (const ArenaPlace* other : placed)
            if (other->born <= p.dies && p.born <= other->dies &&
                other->offset < p.offset + p.size && p.offset < other->offset + other->size)
                p.offset = (other->offset + other->size + 3) / 4 * 4;
        arena = std::max(arena, p.offset + p.size);
        placed.insert(std::upper_bound(placed.begin(), placed.end(), &p,
                                       [](const ArenaPlace* a, const ArenaPlace* b) {
                                           return a->offset < b->offset;
                                       }),
                      &p);
    }
    return arena;
}

ChipPlan plan_chip(const DeployedNetwork& network) {
    check_readable(network);
    return Planner(network).plan();
}

}  // namespace crossbar::sim
