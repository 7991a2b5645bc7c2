// Each stage as nodes on real numbers: an activation q of exponent x is q * 2^x.
#include "export/onnx_qdq.hpp"

#include <algorithm>
#include <cmath>

#include "array/synapse_array.hpp"
#include "base/check.hpp"
#include "export/onnx_graph.hpp"

namespace crossbar::sim {
namespace {

// What an output makes of its stored sum s: slope * s + offset, in real numbers.
struct Line {
    double slope, offset;
};

// Of q = clamp((((s - mean) >> shift) * factor + offset) >> 22).
Line line_of(const Activation& a, std::size_t output) {
    const double slope = std::ldexp(a.factor[output], -22 - a.shift);
    const double half = 1 << 21;
    const double offset = (a.offset[output] - half) / (2 * half) - slope * a.mean[output];
    return {std::ldexp(slope, a.exponent), std::ldexp(offset, a.exponent)};
}

class QdqWriter {
  public:
    QdqWriter(const DeployedNetwork& net, onnx::GraphProto& graph)
        : net_(net), g_(graph), exponents_(exponents_of(net)) {}

    // The name of the logits.
    std::string write() {
        std::string x = g_.node("Transpose", {"pixels"});
        g_.with("perm", Dims{0, 3, 1, 2});
        // A pixel of 255 is the top, as the program has it.
        const double unit = std::ldexp(net_.input_top, exponents_.front()) / 255;
        x = g_.node("DequantizeLinear",
                    {x, g_.scalar(static_cast<float>(unit)), g_.scalar<std::uint8_t>(0)});
        values_.push_back(quantised<std::uint8_t>(x, exponents_.front()));
        for (std::size_t i = 0; i < net_.stages.size(); ++i)
            values_.push_back(stage(i));
        return g_.node("Reshape", {values_.back(), g_.constant(Dims{-1, net_.classes}, {2})});
    }

  private:
    const std::string& value(int stage) const {
        return values_[static_cast<std::size_t>(stage) + 1];
    }
    int exponent(int stage) const { return exponents_[static_cast<std::size_t>(stage) + 1]; }

    std::string stage(std::size_t i) {
        const Stage& s = net_.stages[i];
        const int own = exponent(static_cast<int>(i));
        const std::string& in = value(s.inputs[0]);
        switch (s.kind) {
            case StageKind::convolution:
                return layer(s, i + 1 == net_.stages.size(), own);
            case StageKind::max_pool:
                return pool("MaxPool", s.window, in);
            case StageKind::average_pool:
                return quantised<std::int8_t>(pool("AveragePool", s.window, in), own);
            case StageKind::relu:
                return g_.node("Relu", {in});
            case StageKind::add:
                return quantised<std::int8_t>(g_.node("Add", {in, value(s.inputs[1])}), own);
            case StageKind::shortcut:
                return shortcut(s, in);
        }
        return {};
    }

    // To multiples of 2^exponent, as far as activations reach, and back.
    template <typename T>
    std::string quantised(std::string x, int exponent) {
        if (net_.input_top < 127) {
            // Not Clip, which some runtimes take for the one that QuantizeLinear is.
            const auto most = static_cast<float>(std::ldexp(net_.input_top, exponent));
            x = g_.node("Max", {g_.node("Min", {x, g_.scalar(most)}), g_.scalar(-most)});
        }
        const std::string scale = g_.scalar(static_cast<float>(std::ldexp(1.0, exponent)));
        const std::string zero = g_.scalar<T>(0);
        return g_.node("DequantizeLinear",
                       {g_.node("QuantizeLinear", {x, scale, zero}), scale, zero});
    }

    std::string pool(const char* op, const Window& w, const std::string& in) {
        const std::string out = g_.node(op, {in});
        set_window(g_, w);
        return out;
    }

    // Levels of int8 with a scale per output; of more bits real weights.
    std::string weights(const Crossbar& c, const std::vector<float>& scales) {
        const Window& w = c.window;
        const Dims dims = {c.forward.outputs, c.window_channels(), w.kernel_height, w.kernel_width};
        if (const auto* narrow = std::get_if<std::vector<std::int8_t>>(&c.forward.levels)) {
            const std::string levels = g_.constant(turned(*narrow, w, c.window_channels()), dims);
            const std::string out =
                g_.node("DequantizeLinear", {levels, g_.constant(scales, {c.forward.outputs})});
            g_.with("axis", 0);
            return out;
        }
        std::vector<float> real(c.forward.size());
        const auto depth = static_cast<std::size_t>(c.forward.inputs);
        for (std::size_t i = 0; i < real.size(); ++i)
            real[i] = scales[i / depth] * static_cast<float>(level_at(c.forward, i));
        return g_.constant(turned(real, w, c.window_channels()), dims);
    }

    // One number an output.
    std::string each(const std::vector<std::int32_t>& values, double less, double unit) {
        std::vector<float> real;
        real.reserve(values.size());
        for (const std::int32_t value : values)
            real.push_back(static_cast<float>((value - less) * unit));
        return g_.constant(real, {1, static_cast<std::int64_t>(real.size()), 1, 1});
    }

    std::string layer(const Stage& stage, bool last, int own) {
        const DeployedLayer& layer = net_.layers[static_cast<std::size_t>(stage.layer)];
        const Crossbar& c = *layer.crossbar;
        if (c.tiles || c.compensation != 0)
            fail(
                "{}: on this target it is read through tiles with converters, which an ONNX model "
                "does not have; train with --target ideal, or with a target that has no [tiles]",
                c.text);
        // A stored sum is a real one / 2^(exponents of input and synapses, shift); logits are
        // stored sums.
        const int in = exponent(stage.inputs[0]), sums = in + c.forward.exponent + c.sum_shift;
        const Activation& a = layer.activation;
        std::vector<float> scales, offsets;
        for (std::size_t o = 0; o < static_cast<std::size_t>(c.forward.outputs); ++o) {
            Line line{last ? 1.0 : std::ldexp(1.0, sums), 0};
            if (!last && a.normalised) line = line_of(a, o);
            scales.push_back(static_cast<float>(std::ldexp(line.slope, -in - c.sum_shift)));
            offsets.push_back(static_cast<float>(line.offset));
        }
        std::string out = g_.node("Conv", {value(stage.inputs[0]), weights(c, scales),
                                           g_.constant(offsets, {c.forward.outputs})});
        set_window(g_, c.window);
        g_.with("group", c.depthwise ? c.window.channels : 1);
        if (last) return out;
        out = quantised<std::int8_t>(out, own);
        if (!a.normalised || !a.learnt()) return out;
        out = g_.node("Mul", {out, each(a.gain, 0, 1 / 4096.0)});
        out = g_.node("Add", {out, each(a.bias, 2048, std::ldexp(1 / 4096.0, own))});
        return quantised<std::int8_t>(out, own);
    }

    // Maps that the input does not have are 0: a convolution by 0 and 1.
    std::string shortcut(const Stage& stage, const std::string& in) {
        const int maps = stage.out.channels, own = stage.window.channels;
        std::vector<float> same(static_cast<std::size_t>(maps) * static_cast<std::size_t>(own), 0);
        for (int c = 0; c < std::min(maps, own); ++c)
            same[static_cast<std::size_t>(c) * static_cast<std::size_t>(own + 1)] = 1;
        Window pixel = stage.window;
        pixel.kernel_height = pixel.kernel_width = 1;
        pixel.pad = 0;
        pixel.out_height = stage.out.height;
        pixel.out_width = stage.out.width;
        const std::string out = g_.node("Conv", {in, g_.constant(same, {maps, own, 1, 1})});
        set_window(g_, pixel);
        return out;
    }

    const DeployedNetwork& net_;
    OnnxGraph g_;
    const std::vector<int> exponents_;  // of the image, then of each stage
    Names values_;                      // in the same order
};

}  // namespace

std::string onnx_qdq(const DeployedNetwork& net, const std::string& name) {
    constexpr int type = onnx::TensorProto::FLOAT;
    onnx::ModelProto model = new_model(name, net.input, net.classes, type);
    const std::string last = QdqWriter(net, *model.mutable_graph()).write();
    return finished(model, last, type);
}

}  // namespace crossbar::sim
