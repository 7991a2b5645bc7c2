// From the stages of a text to shapes, layers and their arrays.
#include "network/network.hpp"

#include <algorithm>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"
#include "network/notation.hpp"
#include "network/state.hpp"

namespace crossbar {
namespace {

// Exponent e of a layer's largest weight 2^e: the power of two nearest to four standard deviations
// of He's initialisation, 4 sqrt(2 / depth) = sqrt(32 / depth).
int bound_exponent(std::int64_t depth) {
    int e = 3;
    // 2^(2e - 1) > 32 / depth means that 2^(e - 1/2) is above it.
    while ((e > 3 ? 0 : std::int64_t{1} << (2 * e + 19)) * depth > (std::int64_t{32} << 20) &&
           e > -9)
        --e;
    return e;
}

// Half width of the uniform initial levels, in 1/1024 of the largest: He's sqrt(6 / depth) over
// 2^e; for the last layer sqrt(3 / depth) over the read-out gain, so that logits start below one.
int initial_half_width(std::int64_t depth, int exponent, bool last, int gain) {
    const auto square = static_cast<std::uint64_t>((std::int64_t{last ? 3 : 6} << 40) / depth);
    const std::int64_t root = integer_sqrt(square);  // * 2^20
    const std::int64_t width = last ? root / gain : round_shift(root, 10 + exponent);
    return static_cast<int>(std::clamp<std::int64_t>(width, 1, 1024));
}

// real = level * 2^exponent.
int level_exponent(int bound, int bits) {
    return bits <= 2 ? bound : bound - (bits - 1);
}

// What a layer's sums, and those of its statistics, have room for: docs/arithmetic.md.
void check_size(const StageSpec& spec, const StageShapes& shapes, std::int64_t batch) {
    constexpr std::int64_t most_products = 133144, most_errors = 66000, most_synapses = 1 << 30;
    const std::string& text = spec.text;
    const Window& w = shapes.window;
    const std::int64_t rows = shapes.out.channels, depth = shapes.depth;
    const std::int64_t positions = std::int64_t{w.out_height} * w.out_width;
    // Error sums and folds: rows * window area products of 127 * 127 must stay below 2^30; an input
    // of a depthwise stage has one row.
    const std::int64_t area = positions == 1 ? 1 : std::int64_t{w.kernel_height} * w.kernel_width;
    const std::int64_t errors = (spec.kind == SpecKind::depthwise ? 1 : rows) * area;
    if (depth > most_products || errors > most_errors || rows * depth > most_synapses)
        fail(
            "network stage '{}': {} outputs of {} inputs each are too many for 32-bit sums (at "
            "most {} inputs, and {} outputs times window area); use a smaller window, fewer maps "
            "or pooling before it",
            text, rows, depth, most_products, most_errors);
    if (positions > most_products)
        fail(
            "network stage '{}': {}x{} positions are too many for 32-bit sums (at most {}); use a "
            "larger stride, or pooling before it",
            text, w.out_height, w.out_width, most_products);
    if (positions * batch >= std::int64_t{1} << 31)
        fail(
            "network stage '{}': {}x{} positions times a batch of {} images are too many for the "
            "statistics (below 2^31); give a smaller --batch",
            text, w.out_height, w.out_width, batch);
}

// Traces of n synapses: fewer where several count their votes in one.
std::size_t traces_for(std::size_t n, const Plan& plan) {
    const auto share = static_cast<std::size_t>(plan.counter_share);
    return (n + share - 1) / share;
}

// Tiles apply a row's input to all of its columns, and a depthwise stage's columns have no row in
// common.
void check_tiles(const StageSpec& spec, const LayerPlan& plan) {
    if (spec.kind == SpecKind::depthwise && (plan.tiles || plan.feedback_tiles))
        fail(
            "network stage '{}': the target reads its arrays through tiles, whose rows serve all "
            "columns, and each map of a depthwise convolution has rows of its own; use conv in its "
            "place, or a target without tiles",
            spec.text);
}

// A layer that is not there has no hardware of its own.
void check_layers(const std::vector<StageSpec>& specs, const Plan& plan) {
    const auto count = static_cast<std::size_t>(
        std::count_if(specs.begin(), specs.end(),
                      [](const StageSpec& spec) { return traits_of(spec.kind).synapses; }));
    if (!plan.own.empty() && plan.own.rbegin()->first >= count)
        fail("--layer {}: the network has layers 1 to {}", plan.own.rbegin()->first + 1, count);
}

Layer make_layer(const StageSpec& spec, const StageShapes& shapes, std::uint32_t index, bool last,
                 bool norm, const Plan& plan, const Kernels& kernels) {
    check_size(spec, shapes, plan.batch);
    const LayerPlan& own = plan.layer(index);
    check_tiles(spec, own);
    Layer layer;
    layer.text = spec.text;
    layer.window = shapes.window;
    layer.depthwise = spec.kind == SpecKind::depthwise;
    const auto depth = static_cast<int>(shapes.depth);
    const int rows = shapes.out.channels;
    // The last layer's bound is the read-out gain itself, kept apart from the exponent.
    const int bound = last ? 0 : bound_exponent(depth);
    layer.forward =
        make_synapses(rows, depth, own.weight_bits, level_exponent(bound, own.weight_bits),
                      initial_half_width(depth, bound, last, plan.gain), plan.seed, index);
    if (own.device) make_devices(layer.forward, own.device, plan.seed, index, kernels);
    layer.feedback =
        make_feedback(*plan.feedback, plan.feedback_bits, plan.sign_of_zero, plan.concordance,
                      plan.seed, index, layer.forward, kernels, own.feedback_device);
    layer.tiles = make_tiled(own.tiles, rows, depth, plan.seed, lanes::array(index, false));
    layer.feedback_tiles =
        make_tiled(own.feedback_tiles, depth, rows, plan.seed, lanes::array(index, true));
    if (plan.rule->sign_only)
        layer.trace.sign.assign(traces_for(layer.forward.size(), plan), 0);
    else
        layer.trace.sgd.assign(layer.forward.size(), 0);
    layer.norm = make_batch_norm(norm ? plan.bn : BatchNormMode::none, rows, plan.activation_bits);
    if (layer.norm.mode == BatchNormMode::affine)
        for (Trace* t : {&layer.norm.affine.scale_trace, &layer.norm.affine.shift_trace}) {
            if (plan.rule->sign_only)
                t->sign.assign(static_cast<std::size_t>(rows), 0);
            else
                t->sgd.assign(static_cast<std::size_t>(rows), 0);
        }
    const std::int64_t most = std::int64_t{depth} * 127 * top_synapse_level(own.weight_bits);
    layer.sum_shift = std::max(0, bit_width(static_cast<std::uint64_t>(most)) - 25);
    layer.learns =
        plan.train_layers == TrainLayers::all || (plan.train_layers == TrainLayers::last) == last;
    return layer;
}

StageKind kind_of(SpecKind kind) {
    switch (kind) {
        case SpecKind::convolution:
        case SpecKind::depthwise:
        case SpecKind::dense:
        case SpecKind::batch_norm:
            return StageKind::convolution;  // bn: of the stage before it
        case SpecKind::max_pool:
            return StageKind::max_pool;
        case SpecKind::average_pool:
            return StageKind::average_pool;
        case SpecKind::relu:
            return StageKind::relu;
        case SpecKind::add:
            return StageKind::add;
        case SpecKind::shortcut:
            return StageKind::shortcut;
    }
    return StageKind::convolution;
}

// Whether what a stage gives is never negative; `inputs`: nor is what it reads.
bool gives_non_negative(SpecKind kind, bool inputs) {
    switch (kind) {
        case SpecKind::convolution:
        case SpecKind::depthwise:
        case SpecKind::dense:
        case SpecKind::batch_norm:
            return false;
        case SpecKind::max_pool:
        case SpecKind::average_pool:
        case SpecKind::add:
        case SpecKind::shortcut:
            return inputs;
        case SpecKind::relu:
            return true;
    }
    return false;
}

// Which deltas are wanted: none below the lowest layers that learn.
void mark_deltas(Network& net) {
    for (Stage& stage : net.stages) {
        const bool below = std::any_of(stage.inputs.begin(), stage.inputs.end(), [&](int input) {
            return input >= 0 && net.stages[static_cast<std::size_t>(input)].wants_delta;
        });
        stage.wants_delta = below;
        if (stage.layer < 0) continue;
        Layer& layer = net.layers[static_cast<std::size_t>(stage.layer)];
        layer.passes_delta = below;
        stage.wants_delta = below || layer.learns;
    }
}

}  // namespace

std::size_t Network::synapses() const {
    std::size_t sum = 0;
    for (const Layer& layer : layers)
        sum += layer.forward.size();
    return sum;
}

Network make_network(const std::string& text, const Shape& input, int classes, const Plan& plan,
                     const Kernels& kernels) {
    const std::vector<StageSpec> specs = parse_network(text);
    check_map("the images of this task", input);
    const std::vector<StageShapes> shapes = shapes_of(specs, input);
    check_layers(specs, plan);
    if (const Shape& out = shapes.back().out; out != Shape{1, 1, classes})
        fail("network: the last stage '{}' gives {}x{}x{} sums, but the task has {} classes",
             specs.back().text, out.height, out.width, out.channels, classes);
    Network net{input, classes, top_level(plan.activation_bits), plan.gain, {}, {}};
    std::vector<int> stage_of(specs.size());       // that a stage of the text ends in
    std::vector<bool> non_negative(specs.size());  // what it gives
    for (std::size_t i = 0; i < specs.size(); ++i) {
        const StageSpec& spec = specs[i];
        Stage stage{.kind = kind_of(spec.kind), .in = shapes[i].in, .out = shapes[i].out};
        bool inputs_non_negative = true;
        for (const int from : spec.inputs) {
            const auto place = static_cast<std::size_t>(from);
            stage.inputs.push_back(from < 0 ? from : stage_of[place]);
            inputs_non_negative = inputs_non_negative && (from < 0 || non_negative[place]);
        }
        non_negative[i] = gives_non_negative(spec.kind, inputs_non_negative);
        stage_of[i] = static_cast<int>(net.stages.size());
        if (spec.kind == SpecKind::batch_norm) {
            --stage_of[i];
            continue;
        }
        stage.window = shapes[i].window;
        if (traits_of(spec.kind).synapses) {
            stage.layer = static_cast<int>(net.layers.size());
            const bool norm = i + 1 < specs.size() && specs[i + 1].kind == SpecKind::batch_norm;
            net.layers.push_back(make_layer(spec, shapes[i],
                                            static_cast<std::uint32_t>(stage.layer),
                                            i + 1 == specs.size(), norm, plan, kernels));
            net.layers.back().unsigned_input = inputs_non_negative;
        }
        net.stages.push_back(std::move(stage));
    }
    raise_sums(net.stages);
    mark_deltas(net);
    return net;
}

std::uint64_t signature(const Network& network) {
    std::uint64_t hash = fingerprint_start;
    std::string_view held;  // learnt scales come behind their shifts
    visit_state(network, [&](const std::string&, const IntegerField& field, const auto& data) {
        using Data = std::remove_cvref_t<decltype(data)>;
        std::string_view bytes;
        if constexpr (!std::is_arithmetic_v<Data>)
            bytes = {reinterpret_cast<const char*>(data.data()), data.size() * sizeof data[0]};
        else if constexpr (std::is_same_v<Data, std::int32_t>)  // neither counts nor flags
            bytes = {reinterpret_cast<const char*>(&data), sizeof data};
        if (bytes.empty()) return;
        const std::string_view name = field.name;
        if (is_for_tests(name)) return;
        if (name == "scale" || name == "scale_trace") {
            held = bytes;
            return;
        }
        hash = fingerprint(bytes.data(), bytes.size(), hash);
        if (name == "shift" || name == "shift_trace")
            hash = fingerprint(held.data(), held.size(), hash);
    });
    return hash;
}

}  // namespace crossbar
