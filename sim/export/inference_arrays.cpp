// A deployed network (network/deployed_layer.hpp), which is what tests run, as arrays.
#include "export/inference_arrays.hpp"

#include "base/check.hpp"
#include "network/deployed_layer.hpp"

namespace crossbar::sim {
namespace {

using Numbers = std::vector<std::int32_t>;

NpzArray number(const std::string& name, int value) {
    return npz_array(name, {}, Numbers{value});
}

// As in docs/export.md, not as the enumeration happens to count.
int code_of(StageKind kind) {
    switch (kind) {
        case StageKind::convolution:
            return 0;
        case StageKind::max_pool:
            return 1;
        case StageKind::average_pool:
            return 2;
        case StageKind::relu:
            return 3;
        case StageKind::add:
            return 4;
        case StageKind::shortcut:
            return 5;
    }
    return -1;
}

// A row per stage. Values are numbered: the image is 0, what stage i gives, from 1 on, is i.
NpzArray stage_table(const DeployedNetwork& net, const std::vector<int>& exponents) {
    Numbers table;
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& s = net.stages[i];
        const Window& w = s.window;
        const int second = s.inputs.size() > 1 ? s.inputs[1] + 1 : -1;
        const Numbers row = {code_of(s.kind), s.inputs[0] + 1, second,         s.layer + 1,
                             w.kernel_height, w.kernel_width,  w.stride,       w.pad,
                             s.out.height,    s.out.width,     s.out.channels, s.raise,
                             exponents[i + 1]};
        table.insert(table.end(), row.begin(), row.end());
    }
    return npz_array("stages", {net.stages.size(), table.size() / net.stages.size()},
                     std::move(table));
}

void add_folded(const std::string& prefix, const Activation& a, std::vector<NpzArray>& arrays) {
    const auto add = [&](const char* name, const Numbers& values) {
        if (!values.empty())
            arrays.push_back(npz_array(prefix + name, {values.size()}, Numbers(values)));
    };
    add("folded_mean", a.mean);
    add("folded_limit", a.limit);
    add("folded_factor", a.factor);
    add("folded_offset", a.offset);
    add("folded_gain", a.gain);
    add("folded_bias", a.bias);
    arrays.push_back(number(prefix + "folded_shift", a.shift));
}

}  // namespace

std::vector<NpzArray> inference_arrays(const Network& network) {
    const DeployedNetwork net = deploy(network);
    std::vector<int> exponents = exponents_of(net);  // of the image, then of each stage
    const auto exponent_of = [&](int stage) { return exponents.begin()[stage + 1]; };
    std::vector<NpzArray> arrays = {number("top", net.input_top)};
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& s = net.stages[i];
        if (s.kind != StageKind::convolution) continue;
        const DeployedLayer& layer = net.layers[static_cast<std::size_t>(s.layer)];
        const Crossbar& c = *layer.crossbar;
        const std::string prefix = fmt::format("layer_{}.", s.layer + 1);
        const int input = exponent_of(s.inputs[0]);
        arrays.push_back(number(prefix + "input_exponent", input));
        if (c.tiles)
            arrays.push_back(npz_array(prefix + "tiles", {}, std::vector<std::uint8_t>{1}));
        if (layer.activation.normalised) add_folded(prefix, layer.activation, arrays);
        // The last layer's sums are the logits, and are not scaled.
        if (i + 1 == net.stages.size()) exponents.back() = input + c.forward.exponent + c.sum_shift;
    }
    arrays.push_back(number("logit_exponent", exponents.back()));
    arrays.push_back(stage_table(net, exponents));
    return arrays;
}

}  // namespace crossbar::sim
