// Looks for layer_N.levels, or layer_N.weights of a float network, and what stands beside them.
#include "weights/own_export.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar {
namespace {

const NamedTensor* find(const NamedTensors& all, const std::string& name) {
    const auto place = std::find_if(all.tensors.begin(), all.tensors.end(),
                                    [&](const NamedTensor& tensor) { return tensor.name == name; });
    return place == all.tensors.end() ? nullptr : &*place;
}

// A layer's arrays, checked as they are asked for.
class LayerArrays {
  public:
    LayerArrays(const NamedTensors& all, std::size_t index, const Layer& layer)
        : all_(all), prefix_(fmt::format("layer_{}.", index + 1)), layer_(layer) {}

    std::string text(const char* name) const {
        const NamedTensor* tensor = find(all_, prefix_ + name);
        return tensor ? tensor->text : "";
    }
    bool has(const char* name) const { return find(all_, prefix_ + name) != nullptr; }

    // `count` values within `low`..`high`.
    const std::vector<double>& values(const char* name, std::size_t count, double low,
                                      double high) const {
        const NamedTensor* tensor = find(all_, prefix_ + name);
        if (!tensor)
            fail("--weights {}: it has no array '{}{}'; expected all that --export writes",
                 all_.file, prefix_, name);
        if (tensor->values.size() != count)
            fail("--weights {}: array '{}' is {}; layer '{}' of the network needs {} values",
                 all_.file, tensor->name, shape_text(tensor->shape), layer_.text, count);
        for (const double value : tensor->values)
            if (!(value >= low && value <= high))
                fail("--weights {}: array '{}' holds {}; expected {} to {}", all_.file,
                     tensor->name, value, low, high);
        return tensor->values;
    }
    int number(const char* name, int low, int high) const {
        return static_cast<int>(values(name, 1, low, high).front());
    }
    const std::vector<double>& per_output(const char* name, double low, double high) const {
        return values(name, static_cast<std::size_t>(layer_.forward.outputs), low, high);
    }
    // outputs x height x width x channels.
    const std::vector<double>& per_synapse(const char* name, double most) const {
        const Window& w = layer_.window;
        const std::vector<double>& found = values(name, layer_.forward.size(), -most, most);
        const auto size = [](int n) { return static_cast<std::size_t>(n); };
        const std::vector<std::size_t> shape = {size(layer_.forward.outputs), size(w.kernel_height),
                                                size(w.kernel_width),
                                                size(layer_.window_channels())};
        if (const NamedTensor* tensor = find(all_, prefix_ + name); tensor->shape != shape)
            fail("--weights {}: array '{}' is {}; layer '{}' of the network is {}", all_.file,
                 tensor->name, shape_text(tensor->shape), layer_.text, shape_text(shape));
        return found;
    }

  private:
    const NamedTensors& all_;
    std::string prefix_;
    const Layer& layer_;
};

// Of the settings that the file holds.
int exported_activation_bits(const NamedTensors& all) {
    const NamedTensor* settings = find(all, "settings");
    const std::string key = "\nactivation-bits = ";
    const std::size_t at = settings ? settings->text.find(key) : std::string::npos;
    int bits = 0;
    if (at != std::string::npos) {
        const char* const first = settings->text.data() + at + key.size();
        std::from_chars(first, settings->text.data() + settings->text.size(), bits);
    }
    if (bits < 2 || bits > 8)
        fail(
            "--weights {}: its array 'settings' does not say activation-bits; expected all that "
            "--export writes",
            all.file);
    return bits;
}

BatchNormMode mode_of(const LayerArrays& arrays) {
    if (!arrays.has("mean")) return BatchNormMode::none;
    return arrays.has("scale") ? BatchNormMode::affine : BatchNormMode::plain;
}

void check_levels(const NamedTensors& all, const LayerArrays& arrays, const SynapseArray& a) {
    if (a.bits > 1) return;
    const std::vector<double>& levels = arrays.per_synapse("levels", 1);
    if (std::find(levels.begin(), levels.end(), 0.0) != levels.end())
        fail("--weights {}: a level of '{}' is 0, which one bit does not have", all.file,
             arrays.text("stage"));
}

template <typename To>
void copy(const std::vector<double>& from, std::vector<To>& to) {
    std::transform(from.begin(), from.end(), to.begin(),
                   [](double value) { return static_cast<To>(value); });
}

void take_layer(const LayerArrays& arrays, Layer& layer) {
    SynapseArray& a = layer.forward;
    const int top = top_synapse_level(a.bits);
    std::visit([&](auto& to) { copy(arrays.per_synapse("levels", top), to); }, a.levels);
    BatchNorm& norm = layer.norm;
    if (norm.mode == BatchNormMode::none) {
        layer.scale = {arrays.number("activation_shift", 0, 25), true};
        return;
    }
    copy(arrays.per_output("mean", -most_mean, most_mean), norm.running.mean);
    copy(arrays.per_output("variance", 0, most_variance), norm.running.variance);
    norm.tested = norm.running;
    norm.started = true;
    if (norm.mode != BatchNormMode::affine) return;
    const int most = top_synapse_level(16);
    const auto learnt = [&](const char* name, SynapseArray& to) {
        copy(arrays.per_output(name, -most, most), std::get<std::vector<std::int16_t>>(to.levels));
    };
    learnt("scale", norm.affine.scale);
    learnt("shift", norm.affine.shift);
}

// The exponent of what each stage gives (the image first), in the network that was exported.
class Exponents {
  public:
    explicit Exponents(int bits)
        : all_{-bit_width(static_cast<std::uint64_t>(top_level(bits)))},
          normal_(1 - bit_width(static_cast<std::uint64_t>(normal_unit(bits)))) {}
    int of(int stage) const { return all_[static_cast<std::size_t>(stage) + 1]; }
    int normal() const { return normal_; }
    void add(int exponent) { all_.push_back(exponent); }

  private:
    std::vector<int> all_;
    int normal_;
};

// Of integers: sums are levels times activations / 2^sum_shift.
ForeignLayer integer_layer(const LayerArrays& arrays, const Layer& layer, int input_exponent) {
    ForeignLayer foreign{arrays.text("stage") + " (levels)",
                         arrays.per_synapse("levels", top_synapse_level(16)),
                         {},
                         {},
                         true};
    const auto n = static_cast<std::size_t>(layer.forward.outputs);
    foreign.scale.assign(n, 1.0);
    foreign.offset.assign(n, 0.0);
    const int shift = arrays.number("sum_shift", 0, 31);
    if (mode_of(arrays) == BatchNormMode::none) return foreign;
    const auto& mean = arrays.per_output("mean", -most_mean, most_mean);
    const auto& variance = arrays.per_output("variance", 0, most_variance);
    const double largest = std::sqrt(*std::max_element(variance.begin(), variance.end()));
    const bool affine = arrays.has("scale");
    for (std::size_t c = 0; c < n; ++c) {
        const double sigma = std::max({std::sqrt(variance[c]), 128.0, largest / 32768}) / 256;
        const double scale = affine ? arrays.per_output("scale", -32512, 32512)[c] / 4096 : 1;
        const double moved = affine ? arrays.per_output("shift", -32512, 32512)[c] / 4096 : 0;
        foreign.scale[c] = std::ldexp(scale / sigma, -(input_exponent + shift));
        foreign.offset[c] = moved - scale * mean[c] / 65536 / sigma;
    }
    return foreign;
}

ForeignLayer float_layer(const LayerArrays& arrays, const Layer& layer) {
    constexpr double most = 1e15;
    ForeignLayer foreign{
        arrays.text("stage") + " (weights)", arrays.per_synapse("weights", most), {}, {}, false};
    const auto n = static_cast<std::size_t>(layer.forward.outputs);
    foreign.scale.assign(n, 1.0);
    foreign.offset.assign(n, 0.0);
    if (mode_of(arrays) == BatchNormMode::none) return foreign;
    const auto& mean = arrays.per_output("mean", -most, most);
    const auto& variance = arrays.per_output("variance", 0, most);
    const bool affine = arrays.has("scale");
    for (std::size_t c = 0; c < n; ++c) {
        const double scale = affine ? arrays.per_output("scale", -most, most)[c] : 1;
        foreign.scale[c] = scale / std::sqrt(variance[c] + 1e-5);
        foreign.offset[c] =
            (affine ? arrays.per_output("shift", -most, most)[c] : 0) - mean[c] * foreign.scale[c];
    }
    return foreign;
}

void check_mode(const NamedTensors& all, const LayerArrays& arrays, const Layer& layer) {
    if ((mode_of(arrays) == BatchNormMode::none) != (layer.norm.mode == BatchNormMode::none))
        fail(
            "--weights {}: '{}' is {} there, and '{}' of the network is not alike; give the "
            "--network and --bn of that run",
            all.file, arrays.text("stage"),
            mode_of(arrays) == BatchNormMode::none ? "not normalised" : "normalised", layer.text);
}

}  // namespace

bool is_own_export(const NamedTensors& all) {
    return find(all, "settings") && find(all, "layer_1.stage");
}

bool take_export(const NamedTensors& all, const Plan& plan, Network& net) {
    if (!find(all, "layer_1.levels") ||
        find(all, fmt::format("layer_{}.stage", net.layers.size() + 1)) ||
        exported_activation_bits(all) != plan.activation_bits)
        return false;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const Layer& layer = net.layers[i];
        const LayerArrays arrays(all, i, layer);
        if (arrays.text("stage") != layer.text || mode_of(arrays) != layer.norm.mode ||
            layer.forward.devices.device || layer.tiles || arrays.has("second_device") ||
            !arrays.has("bits") || arrays.number("bits", 1, 16) != layer.forward.bits)
            return false;
        check_levels(all, arrays, layer.forward);
    }
    Network taken = net;
    for (std::size_t i = 0; i < net.layers.size(); ++i)
        take_layer({all, i, net.layers[i]}, taken.layers[i]);
    net = std::move(taken);
    return true;
}

ForeignNetwork exported_network(const NamedTensors& all, const Network& net) {
    const bool floats = find(all, "layer_1.weights") != nullptr;
    const int bits = exported_activation_bits(all), top = top_level(bits);
    Exponents exponents(bits);
    ForeignNetwork foreign{all.file, floats ? 1 : std::ldexp(top, exponents.of(-1)), {}};
    for (const Stage& stage : net.stages) {
        int exponent = exponents.of(stage.inputs[0]);
        if (stage.kind == StageKind::add)
            exponent = std::max(exponent, exponents.of(stage.inputs[1])) + stage.raise;
        if (stage.layer >= 0) {
            const auto i = static_cast<std::size_t>(stage.layer);
            const LayerArrays arrays(all, i, net.layers[i]);
            check_mode(all, arrays, net.layers[i]);
            foreign.layers.push_back(floats ? float_layer(arrays, net.layers[i])
                                            : integer_layer(arrays, net.layers[i], exponent));
            // Without normalisation the scale of what goes on is free.
            if (mode_of(arrays) != BatchNormMode::none) exponent = exponents.normal();
        }
        exponents.add(exponent);
    }
    return foreign;
}

}  // namespace crossbar
