// Layouts, normalisation and offsets of each layer.
#include "weights/foreign_network.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "base/format.hpp"
#include "weights/tensor_modules.hpp"

namespace crossbar {
namespace {

// The axes of a layer's weights, and how far apart neighbours on each are in a tensor.
struct Axes {
    std::size_t outputs, height, width, channels;
};

// How large a layer's weights are in the file, and in our layer.
struct Sizes {
    Axes file, ours;
};

std::vector<std::size_t> dims_of(const std::string& layout, const Axes& a) {
    if (layout == "OIHW") return {a.outputs, a.channels, a.height, a.width};
    if (layout == "OHWI") return {a.outputs, a.height, a.width, a.channels};
    if (layout == "HWIO") return {a.height, a.width, a.channels, a.outputs};
    const std::size_t inputs = a.channels * a.height * a.width;
    if (layout == "OI") return {a.outputs, inputs};
    return {inputs, a.outputs};  // IO
}

// Of two dimensions, the values of a map one after the other: channel by channel, or pixel by
// pixel.
Axes strides_of(const std::string& layout, bool channels_first, const Axes& a) {
    const std::size_t c = a.channels, w = a.width, o = a.outputs, inputs = c * a.height * w;
    const Axes planes = {inputs, w, 1, a.height * w}, pixels = {inputs, w * c, c, 1};
    if (layout == "OIHW") return planes;
    if (layout == "OHWI") return pixels;
    if (layout == "HWIO") return {1, w * c * o, c * o, o};
    const Axes flat = channels_first ? planes : pixels;
    if (layout == "OI") return flat;
    return {1, flat.height * o, flat.width * o, flat.channels * o};
}

// As the map says; else Flax's for a kernel, PyTorch's for all other tensors, and our own where
// only that fits.
std::string layout_of(const LayerTensors& layer, const Axes& file) {
    if (!layer.how.layout.empty()) return layer.how.layout;
    const bool flat = layer.weight->shape.size() == 2;
    if (layer.weight->part == "kernel") return flat ? "IO" : "HWIO";
    if (flat) return "OI";
    const bool ours_alone = layer.weight->shape != dims_of("OIHW", file) &&
                            layer.weight->shape == dims_of("OHWI", file);
    return ours_alone ? "OHWI" : "OIHW";
}

bool counts_channels_first(const LayerTensors& layer) {
    return layer.how.flatten.empty() ? layer.weight->part != "kernel" : layer.how.flatten == "CHW";
}

// How many outputs the file has of a layer.
std::size_t outputs_of(const LayerTensors& layer) {
    const std::string& layout = layer.how.layout;
    const bool last = layout.empty() ? layer.weight->part == "kernel" : layout.back() == 'O';
    return last ? layer.weight->shape.back() : layer.weight->shape.front();
}

Axes axes_of(const Crossbar& layer) {
    const auto size = [](int n) { return static_cast<std::size_t>(n); };
    return {size(layer.forward.outputs), size(layer.window.kernel_height),
            size(layer.window.kernel_width), size(layer.window_channels())};
}

class Reader {
  public:
    Reader(const NamedTensors& tensors, const WeightsMap& map, const Network& network,
           const std::string& text)
        : all_(tensors),
          map_(map),
          net_(network),
          text_(text),
          layers_(tensors_of_layers(tensors, map, network)) {}

    ForeignNetwork network() {
        find_spares();
        ForeignNetwork foreign{all_.file, 1, {}};
        for (std::size_t i = 0; i < layers_.size(); ++i)
            foreign.layers.push_back(layer(i));
        normalise_input(foreign);
        for (std::size_t i = 0; i < layers_.size(); ++i)
            check_offsets(i, foreign.layers[i]);
        return foreign;
    }

  private:
    static constexpr int most_spares = 8;

    int outputs(std::size_t i) const { return net_.layers[i].forward.outputs; }

    // Further outputs of the layer before the last, which the file does not have.
    void find_spares() {
        const int before = layer_before_last(net_);
        if (before < 0) return;
        const auto i = static_cast<std::size_t>(before);
        const auto more = outputs(i) - static_cast<int>(outputs_of(layers_[i]));
        if (more < 1 || more > most_spares || !layers_.back().bias) return;
        spare_layer_ = before;
        spares_ = more;
    }

    ForeignLayer layer(std::size_t i) const {
        const Layer& to = net_.layers[i];
        const LayerTensors& from = layers_[i];
        ForeignLayer foreign{from.weight->name, {}, {}, {}, from.weight->integers, 0, 0};
        if (static_cast<int>(i) == spare_layer_) foreign.spare_outputs = spares_;
        if (i + 1 == layers_.size() && spare_layer_ >= 0) foreign.spare_inputs = spares_;
        Sizes sizes{axes_of(to), axes_of(to)};
        sizes.file.outputs -= static_cast<std::size_t>(foreign.spare_outputs);
        sizes.file.channels -= static_cast<std::size_t>(foreign.spare_inputs);
        arrange(i, sizes, foreign.weights);
        const std::size_t rows = sizes.file.outputs;
        foreign.scale.assign(sizes.ours.outputs, 1.0);
        foreign.offset = vector_of(i, from.bias, rows, 0.0);
        if (from.norm.mean) fold(i, rows, foreign);
        foreign.offset.resize(sizes.ours.outputs, 0.0);
        return foreign;
    }

    // The file's order of inputs to ours; what it does not have is 0.
    void arrange(std::size_t i, const Sizes& sizes, std::vector<double>& weights) const {
        const LayerTensors& from = layers_[i];
        const Axes &file = sizes.file, &ours = sizes.ours;
        const std::string layout = layout_of(from, file);
        if (from.weight->shape != dims_of(layout, file)) refuse_shape(i, layout, file);
        const Axes stride = strides_of(layout, counts_channels_first(from), file);
        weights.assign(ours.outputs * ours.height * ours.width * ours.channels, 0.0);
        for (std::size_t o = 0; o < file.outputs; ++o)
            for (std::size_t y = 0; y < file.height; ++y)
                for (std::size_t x = 0; x < file.width; ++x)
                    for (std::size_t c = 0; c < file.channels; ++c)
                        weights[((o * ours.height + y) * ours.width + x) * ours.channels + c] =
                            from.weight->values[o * stride.outputs + y * stride.height +
                                                x * stride.width + c * stride.channels];
    }

    [[noreturn]] void refuse_shape(std::size_t i, const std::string& layout,
                                   const Axes& file) const {
        const bool flat = layers_[i].weight->shape.size() == 2;
        fail(
            "--weights {}: layer {}, '{}', has weights of {} ({}) or {} (OI), and tensor '{}' is {}"
            "{}; give the --network of the file, or say by --weights-map which tensor is whose, "
            "and in which layout. The file has: {}",
            all_.file, i + 1, net_.layers[i].text,
            shape_text(dims_of(flat ? "OIHW" : layout, file)), flat ? "OIHW" : layout,
            shape_text(dims_of("OI", file)), layers_[i].weight->name,
            shape_text(layers_[i].weight->shape), flat && layout == "IO" ? ", read as IO" : "",
            list_of(all_));
    }

    // One value for each output of the file.
    std::vector<double> vector_of(std::size_t i, const NamedTensor* tensor, std::size_t rows,
                                  double otherwise) const {
        if (!tensor) return std::vector<double>(rows, otherwise);
        if (tensor->values.size() != rows)
            fail(
                "--weights {}: tensor '{}' of layer {}, '{}', has {} values; expected {}, one for "
                "each output",
                all_.file, tensor->name, i + 1, net_.layers[i].text, tensor->values.size(), rows);
        return tensor->values;
    }

    // (x - mean) / sqrt(variance + eps) * weight + bias.
    void fold(std::size_t i, std::size_t rows, ForeignLayer& foreign) const {
        const NormTensors& norm = layers_[i].norm;
        const std::vector<double> mean = vector_of(i, norm.mean, rows, 0),
                                  variance = vector_of(i, norm.variance, rows, 1),
                                  weight = vector_of(i, norm.weight, rows, 1),
                                  bias = vector_of(i, norm.bias, rows, 0);
        for (std::size_t o = 0; o < rows; ++o) {
            if (!(variance[o] + norm.eps > 0))
                fail(
                    "--weights {}: tensor '{}' has the variance {} at place {}; expected one "
                    "above 0",
                    all_.file, norm.variance->name, variance[o], o);
            foreign.scale[o] = weight[o] / std::sqrt(variance[o] + norm.eps);
            foreign.offset[o] = (foreign.offset[o] - mean[o]) * foreign.scale[o] + bias[o];
        }
    }

    // Of the map's [input]: into the layers that read the image.
    void normalise_input(ForeignNetwork& foreign) const {
        if (map_.mean.empty() && map_.std.empty()) return;
        const auto channels = static_cast<std::size_t>(net_.input.channels);
        const auto spread = [&](std::vector<double> values, double otherwise, const char* name) {
            if (values.empty()) values = {otherwise};
            if (values.size() == 1) values.resize(channels, values.front());
            if (values.size() != channels)
                fail("{}: [input] {} has {} values; the images have {} channels", map_.file, name,
                     values.size(), channels);
            return values;
        };
        const std::vector<double> mean = spread(map_.mean, 0, "mean"),
                                  std = spread(map_.std, 1, "std");
        for (const Stage& stage : net_.stages) {
            if (std::find(stage.inputs.begin(), stage.inputs.end(), -1) == stage.inputs.end())
                continue;
            if (stage.layer < 0)
                fail(
                    "{}: [input] belongs into the weights of the first layer, but a stage "
                    "without weights reads the image; leave [input] out",
                    map_.file);
            const auto i = static_cast<std::size_t>(stage.layer);
            check_border(mean, net_.layers[i]);
            normalise_input(net_.layers[i], mean, std, foreign.layers[i]);
        }
    }

    void check_border(const std::vector<double>& mean, const Layer& layer) const {
        const bool moved = std::any_of(mean.begin(), mean.end(), [](double m) { return m != 0; });
        if (layer.window.pad != 0 && moved)
            fail(
                "{}: [input] mean: '{}' has zeros around its image, which stood for the mean and "
                "would now stand for black; train the network without the mean, or without the "
                "border",
                map_.file, layer.text);
    }

    static void normalise_input(const Layer& layer, const std::vector<double>& mean,
                                const std::vector<double>& std, ForeignLayer& foreign) {
        const auto depth = static_cast<std::size_t>(layer.forward.inputs);
        for (std::size_t k = 0; k < foreign.weights.size(); ++k) {
            const std::size_t row = k / depth;
            const std::size_t channel = layer.depthwise ? row : k % mean.size();
            double& w = foreign.weights[k];
            w /= std[channel];
            foreign.offset[row] -= foreign.scale[row] * w * mean[channel];
        }
        const bool uniform =
            std::all_of(std.begin(), std.end(), [&](double s) { return s == std.front(); });
        foreign.integers = foreign.integers && uniform && std.front() == 1;
    }

    // Offsets go into the mean of a normalisation, or are weighed with a constant input.
    void check_offsets(std::size_t i, const ForeignLayer& foreign) const {
        const Layer& layer = net_.layers[i];
        const bool any = std::any_of(foreign.offset.begin(), foreign.offset.end(),
                                     [](double offset) { return offset != 0; });
        const bool last = i + 1 == layers_.size();
        if (!any || (!last && layer.norm.mode != BatchNormMode::none)) return;
        const std::string what = fmt::format(
            "--weights {}: {} gives offsets to layer {}, '{}', which has no place for "
            "them",
            all_.file, source_of_offsets(i), i + 1, layer.text);
        if (!last) fail("{}; write bn behind it in --network, and leave --bn none out", what);
        const int before = layer_before_last(net_);
        if (before < 0 ||
            net_.layers[static_cast<std::size_t>(before)].norm.mode == BatchNormMode::none ||
            net_.layers[static_cast<std::size_t>(before)].depthwise)
            fail(
                "{}: it reads no conv or fc with bn, a further output of which could become the "
                "constant that they are weighed with; train it without them (bias=False in "
                "PyTorch)",
                what);
        if (foreign.spare_inputs == 0)
            fail(
                "{}; give the layer before it, '{}', a further output, which becomes the constant "
                "that they are weighed with: --network '{}'; or train it without them",
                what, net_.layers[static_cast<std::size_t>(before)].text,
                with_spare(static_cast<std::size_t>(before)));
        if (layer.forward.bits == 1 &&
            net_.layers[static_cast<std::size_t>(before)].norm.mode == BatchNormMode::plain)
            fail(
                "{}: synapses of one bit have no 0 that would make a further output constant; "
                "give --bn affine, or more --weight-bits",
                what);
        if (layer.window.pad != 0)
            fail("{}: the zeros around its map have no constant; train it without them", what);
    }

    std::string source_of_offsets(std::size_t i) const {
        if (layers_[i].bias) return fmt::format("tensor '{}'", layers_[i].bias->name);
        if (layers_[i].norm.mean)
            return fmt::format("the normalisation of '{}'", layers_[i].norm.mean->name);
        return "[input] mean of the map";
    }

    // The network's text with one more output of the layer.
    std::string with_spare(std::size_t i) const {
        const std::string& own = net_.layers[i].text;
        std::string text = text_;
        const std::size_t at = text.rfind(own);
        // The outputs are the last number of "fc 84" and of the first word behind "conv".
        const std::size_t word = own.find(' ') + 1,
                          end = std::min(own.find_first_of(" /", word), own.size());
        const std::size_t first = own.find_last_not_of("0123456789", end - 1) + 1;
        if (at == text.npos || word == 0 || first >= end) return text;
        return text.replace(at + first, end - first, fmt::format("{}", outputs(i) + 1));
    }

    const NamedTensors& all_;
    const WeightsMap& map_;
    const Network& net_;
    const std::string& text_;
    std::vector<LayerTensors> layers_;
    int spare_layer_ = -1, spares_ = 0;
};

}  // namespace

int layer_before_last(const Network& network) {
    int stage = network.stages.back().inputs[0];
    while (stage >= 0) {
        const Stage& s = network.stages[static_cast<std::size_t>(stage)];
        switch (s.kind) {
            case StageKind::convolution:
                return s.layer;
            case StageKind::max_pool:
            case StageKind::average_pool:
            case StageKind::relu:
                stage = s.inputs[0];
                break;
            case StageKind::add:
            case StageKind::shortcut:
                return -1;
        }
    }
    return -1;
}

ForeignNetwork foreign_network(const NamedTensors& tensors, const WeightsMap& map,
                               const Network& network, const std::string& text) {
    return Reader(tensors, map, network, text).network();
}

}  // namespace crossbar
