// Each stage as nodes of the graph. Rounding shifts are divisions of int64, which ONNX rounds
// towards zero: what is divided is moved up to where it is positive.
#include "export/onnx_model.hpp"

// As Debian's library was compiled.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <numeric>

#include "array/synapse_array.hpp"
#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/format.hpp"

namespace crossbar::sim {
namespace {

using Names = std::vector<std::string>;
using Dims = std::vector<std::int64_t>;

constexpr int opset = 15;

// Nodes and constants under names of their own.
class Graph {
  public:
    explicit Graph(onnx::GraphProto& graph) : graph_(graph) {}

    std::string node(const std::string& op, const Names& inputs) {
        onnx::NodeProto& node = *graph_.add_node();
        node.set_op_type(op);
        for (const std::string& input : inputs)
            node.add_input(input);
        const std::string out = fmt::format("{}_{}", op, graph_.node_size());
        node.set_name(out);
        node.add_output(out);
        return out;
    }
    // Attributes of the node that was added last.
    Graph& with(const std::string& name, const Dims& values) {
        onnx::AttributeProto& a = attribute(name, onnx::AttributeProto::INTS);
        for (const std::int64_t value : values)
            a.add_ints(value);
        return *this;
    }
    Graph& with(const std::string& name, std::int64_t value) {
        attribute(name, onnx::AttributeProto::INT).set_i(value);
        return *this;
    }

    template <typename T>
    std::string constant(const std::vector<T>& values, const Dims& dims) {
        onnx::TensorProto& t = *graph_.add_initializer();
        t.set_name(fmt::format("constant_{}", graph_.initializer_size()));
        t.set_data_type(type_of<T>());
        for (const std::int64_t dim : dims)
            t.add_dims(dim);
        t.set_raw_data(values.data(), values.size() * sizeof(T));
        return t.name();
    }
    template <typename T>
    std::string scalar(T value) {
        return constant(std::vector<T>{value}, {});
    }
    template <typename T>
    static int type_of() {
        if (std::is_same_v<T, std::int8_t>) return onnx::TensorProto::INT8;
        if (std::is_same_v<T, std::uint8_t>) return onnx::TensorProto::UINT8;
        if (std::is_same_v<T, std::int32_t>) return onnx::TensorProto::INT32;
        return onnx::TensorProto::INT64;
    }
    template <typename T>
    std::string cast(const std::string& x) {
        const std::string out = node("Cast", {x});
        with("to", type_of<T>());
        return out;
    }

  private:
    onnx::AttributeProto& attribute(const std::string& name,
                                    onnx::AttributeProto::AttributeType type) {
        onnx::AttributeProto& a = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
        a.set_name(name);
        a.set_type(type);
        return a;
    }

    onnx::GraphProto& graph_;
};

// Outputs x inputs, as the network has them, to outputs x channels x height x width.
std::vector<std::int8_t> turned(const std::vector<std::int8_t>& plane, const Window& w,
                                int channels) {
    std::vector<std::int8_t> to;
    to.reserve(plane.size());
    const auto pixels = static_cast<std::size_t>(w.kernel_height * w.kernel_width);
    const auto maps = static_cast<std::size_t>(channels);
    for (std::size_t row = 0; row < plane.size(); row += pixels * maps)
        for (std::size_t c = 0; c < maps; ++c)
            for (std::size_t p = 0; p < pixels; ++p)
                to.push_back(plane[row + p * maps + c]);
    return to;
}

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
        return values_[static_cast<std::size_t>(stage + 1)];
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

    // Of the node added last.
    void set_window(const Window& w) {
        const auto behind = [&](int in, int out, int kernel) {
            return std::max(0, (out - 1) * w.stride + kernel - in - w.pad);
        };
        g_.with("kernel_shape", Dims{w.kernel_height, w.kernel_width})
            .with("strides", Dims{w.stride, w.stride})
            .with("pads", Dims{w.pad, w.pad, behind(w.in_height, w.out_height, w.kernel_height),
                               behind(w.in_width, w.out_width, w.kernel_width)});
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
        set_window(w);
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
        set_window(w);
        return g_.cast<std::int32_t>(out);
    }

    // Sums of windows times 1 / n, n being the pixels of the window that the map has; 16 fractional
    // bits.
    std::string average_pool(const Stage& stage, const std::string& in) {
        const Window& w = stage.window;
        const std::vector<std::int8_t> ones(
            static_cast<std::size_t>(w.channels * w.kernel_height * w.kernel_width), 1);
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
        const auto exponent = [&](int of) { return exponents_[static_cast<std::size_t>(of + 1)]; };
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
        std::vector<std::int8_t> same(static_cast<std::size_t>(maps * w.channels), 0);
        for (int c = 0; c < std::min(maps, w.channels); ++c)
            same[static_cast<std::size_t>(c * w.channels + c)] = 1;
        Window pixel = w;
        pixel.kernel_height = pixel.kernel_width = 1;
        pixel.pad = 0;
        pixel.out_height = stage.out.height;
        pixel.out_width = stage.out.width;
        return convolution(in, same, {maps, w.channels, 1, 1}, pixel, 1, false);
    }

    const DeployedNetwork& net_;
    Graph g_;
    const std::vector<int> exponents_;  // of the image, then of each stage
    Names values_;                      // in the same order
    std::string last_;
};

void set_value(onnx::ValueInfoProto& value, const std::string& name, int type, const Dims& dims) {
    value.set_name(name);
    onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape()->add_dim()->set_dim_param("images");
    for (const std::int64_t dim : dims)
        tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

}  // namespace

std::string onnx_model(const DeployedNetwork& net, const std::string& name) {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.set_producer_name("crossbar_sim");
    model.add_opset_import()->set_version(opset);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(name);
    set_value(*graph.add_input(), "pixels", onnx::TensorProto::UINT8,
              {net.input.height, net.input.width, net.input.channels});
    Writer writer(net, graph);
    writer.write();
    onnx::NodeProto& out = *graph.add_node();
    out.set_op_type("Cast");
    out.set_name("logits");
    out.add_input(writer.last());
    out.add_output("logits");
    onnx::AttributeProto& to = *out.add_attribute();
    to.set_name("to");
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(onnx::TensorProto::INT32);
    set_value(*graph.add_output(), "logits", onnx::TensorProto::INT32, {net.classes});
    std::string bytes;
    if (!model.SerializeToString(&bytes))
        fail("the ONNX model of this network is larger than the 2 GB that its format holds");
    return bytes;
}

}  // namespace crossbar::sim
