// Each stage as nodes of the graph. Rounding shifts are divisions of int64, which ONNX rounds
// towards zero: what is divided is moved up to where it is positive.
#include "export/onnx_model.hpp"

#include <algorithm>
#include <numeric>

#include "array/synapse_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"
#include "export/onnx_graph.hpp"

namespace crossbar::sim {
namespace {

class Writer {
  public:
    Writer(const DeployedNetwork& net, onnx::GraphProto& graph)
        : net_(net), g_(graph), exponents_(exponents_of(net)) {}

    void write() {
        std::string x = g_.node("Transpose", {"pixels"});
        g_.with("perm", Dims{0, 3, 1, 2});
        x = g_.node("Mul", {g_.cast<std::int32_t>(x), g_.scalar<std::int32_t>(net_.input_top)});
        x = g_.node("Add", {x, g_.scalar<std::int32_t>(127)});
        values_.push_back(g_.node("Div", {x, g_.scalar<std::int32_t>(255)}));
        for (std::size_t i = 0; i < net_.stages.size(); ++i)
            values_.push_back(stage(i));
        x = g_.node("Reshape", {values_.back(), g_.constant(Dims{-1, net_.classes}, {2})});
        last_ = x;
    }
    const std::string& last() const { return last_; }

  private:
    const std::string& value(int stage) const {
        return values_[static_cast<std::size_t>(stage) + 1];
    }

    std::string stage(std::size_t i) {
        const Stage& s = net_.stages[i];
        const std::string& in = value(s.inputs[0]);
        switch (s.kind) {
            case StageKind::convolution:
                return layer(s, in, i + 1 == net_.stages.size());
            case StageKind::max_pool:
                return max_pool(s.window, in);
            case StageKind::average_pool:
                return average_pool(s, in);
            case StageKind::relu:
                return g_.node("Max", {in, g_.scalar<std::int32_t>(0)});
            case StageKind::add:
                return sum(s);
            case StageKind::shortcut:
                return shortcut(s, in);
        }
        return {};
    }

    // int32 sums of q * level; q in -127..127 lies in uint8 with a zero point.
    std::string convolution(const std::string& q, const std::vector<std::int8_t>& levels,
                            const Dims& dims, const Window& w, int groups, bool non_negative) {
        const int zero = non_negative ? 0 : 128;
        const std::string moved =
            non_negative ? q : g_.node("Add", {q, g_.scalar<std::int32_t>(zero)});
        const std::string out = g_.node(
            "ConvInteger", {g_.cast<std::uint8_t>(moved), g_.constant(levels, dims),
                            g_.scalar(static_cast<std::uint8_t>(zero)), g_.scalar<std::int8_t>(0)});
        set_window(g_, w);
        g_.with("group", groups);
        return out;
    }

    // floor(x / 2^shift) of |x| < 2^60.
    std::string floor_shift(const std::string& x, int shift) {
        if (shift == 0) return x;
        const std::string up = g_.node("Add", {x, g_.scalar(std::int64_t{1} << 61)});
        const std::string divided = g_.node("Div", {up, g_.scalar(std::int64_t{1} << shift)});
        return g_.node("Sub", {divided, g_.scalar(std::int64_t{1} << (61 - shift))});
    }
    // To the nearest, halves up.
    std::string round_shift(const std::string& x, int shift) {
        if (shift == 0) return x;
        return floor_shift(g_.node("Add", {x, g_.scalar(std::int64_t{1} << (shift - 1))}), shift);
    }
    // To the nearest, halves away from zero.
    std::string nearest(const std::string& x, int shift) {
        if (shift == 0) return x;
        const std::string below =
            g_.cast<std::int64_t>(g_.node("Less", {x, g_.scalar(std::int64_t{0})}));
        return round_shift(g_.node("Sub", {x, below}), shift);
    }
    std::string clip(const std::string& x, int top) {
        return g_.cast<std::int32_t>(
            g_.node("Clip", {x, g_.scalar(std::int64_t{-top}), g_.scalar(std::int64_t{top})}));
    }
    // One number an output.
    template <typename T>
    std::string each(const std::vector<T>& values) {
        return g_.constant(Dims(values.begin(), values.end()),
                           {1, static_cast<std::int64_t>(values.size()), 1, 1});
    }

    // int64.
    std::string stored_sums(const Crossbar& c, const std::string& in) {
        const Window& w = c.window;
        const int channels = c.window_channels(), groups = c.depthwise ? w.channels : 1;
        const Dims dims = {c.forward.outputs, channels, w.kernel_height, w.kernel_width};
        Slices slices;
        slices_of(c.forward, slices);
        const auto sums = [&](const std::vector<std::int8_t>& plane) {
            return g_.cast<std::int64_t>(
                convolution(in, turned(plane, w, channels), dims, w, groups, c.unsigned_input));
        };
        std::string s = sums(slices.low);
        if (!slices.high.empty())
            s = g_.node("Add",
                        {s, g_.node("Mul", {sums(slices.high), g_.scalar(std::int64_t{255})})});
        return round_shift(s, c.sum_shift);
    }

    std::string layer(const Stage& stage, const std::string& in, bool last) {
        const DeployedLayer& layer = net_.layers[static_cast<std::size_t>(stage.layer)];
        const Crossbar& c = *layer.crossbar;
        const Activation& a = layer.activation;
        if (c.tiles || c.compensation != 0)
            fail(
                "{}: on this target it is read through tiles with converters, which an ONNX model "
                "does not "
                "have; train with --target ideal, or with a target that has no [tiles]",
                c.text);
        const std::string s = stored_sums(c, in);
        if (last) return s;
        if (!a.normalised) return clip(nearest(s, a.shift), a.top);
        std::string x = floor_shift(g_.node("Sub", {s, each(a.mean)}), a.shift);
        x = g_.node("Add", {g_.node("Mul", {x, each(a.factor)}), each(a.offset)});
        x = floor_shift(x, 22);
        if (!a.learnt()) return clip(x, a.top);
        x = g_.cast<std::int64_t>(clip(x, a.top));
        x = g_.node("Add", {g_.node("Mul", {x, each(a.gain)}), each(a.bias)});
        return clip(floor_shift(x, 12), a.top);
    }

    std::string max_pool(const Window& w, const std::string& in) {
        const std::string out = g_.node("MaxPool", {g_.cast<std::int8_t>(in)});
        set_window(g_, w);
        return g_.cast<std::int32_t>(out);
    }

    // Sums of windows times 1 / n, n being the pixels of the window that the map has; 16 fractional
    // bits.
    std::string average_pool(const Stage& stage, const std::string& in) {
        const Window& w = stage.window;
        const std::vector<std::int8_t> ones(static_cast<std::size_t>(w.channels) *
                                                static_cast<std::size_t>(w.kernel_height) *
                                                static_cast<std::size_t>(w.kernel_width),
                                            1);
        const std::string sums = convolution(
            in, ones, {w.channels, 1, w.kernel_height, w.kernel_width}, w, w.channels, false);
        const auto inside = [&](int at, int size, int kernel) {
            return std::min(at * w.stride - w.pad + kernel, size) -
                   std::max(at * w.stride - w.pad, 0);
        };
        std::vector<std::int64_t> shares;
        for (int y = 0; y < w.out_height; ++y)
            for (int x = 0; x < w.out_width; ++x) {
                const int n =
                    inside(y, w.in_height, w.kernel_height) * inside(x, w.in_width, w.kernel_width);
                shares.push_back((65536 + n / 2) / n);
            }
        const std::string scaled = g_.node(
            "Mul",
            {g_.cast<std::int64_t>(sums), g_.constant(shares, {1, 1, w.out_height, w.out_width})});
        return g_.cast<std::int32_t>(round_shift(scaled, 16));
    }

    std::string sum(const Stage& stage) {
        int coarse = stage.inputs[0], fine = stage.inputs[1];
        const auto exponent = [&](int of) { return exponents_[static_cast<std::size_t>(of) + 1]; };
        if (exponent(coarse) < exponent(fine)) std::swap(coarse, fine);
        const int up = std::min(exponent(coarse) - exponent(fine), 8);
        const std::string large = g_.node(
            "Mul", {g_.cast<std::int64_t>(value(coarse)), g_.scalar(std::int64_t{1} << up)});
        const std::string x = g_.node("Add", {large, g_.cast<std::int64_t>(value(fine))});
        return clip(nearest(x, up + stage.raise), net_.input_top);
    }

    // Maps that the input does not have are 0: a convolution by 0 and 1.
    std::string shortcut(const Stage& stage, const std::string& in) {
        const Window& w = stage.window;
        const int maps = stage.out.channels;
        std::vector<std::int8_t> same(
            static_cast<std::size_t>(maps) * static_cast<std::size_t>(w.channels), 0);
        for (int c = 0; c < std::min(maps, w.channels); ++c)
            same[static_cast<std::size_t>(c) * static_cast<std::size_t>(w.channels + 1)] = 1;
        Window pixel = w;
        pixel.kernel_height = pixel.kernel_width = 1;
        pixel.pad = 0;
        pixel.out_height = stage.out.height;
        pixel.out_width = stage.out.width;
        return convolution(in, same, {maps, w.channels, 1, 1}, pixel, 1, false);
    }

    const DeployedNetwork& net_;
    OnnxGraph g_;
    const std::vector<int> exponents_;  // of the image, then of each stage
    Names values_;                      // in the same order
    std::string last_;
};

}  // namespace

std::string onnx_model(const DeployedNetwork& net, const std::string& name) {
    constexpr int type = onnx::TensorProto::INT32;
    onnx::ModelProto model = new_model(name, net.input, net.classes, type);
    Writer writer(net, *model.mutable_graph());
    writer.write();
    return finished(model, writer.last(), type);
}

}  // namespace crossbar::sim
