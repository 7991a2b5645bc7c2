// The graph of an ONNX model as it is put together: nodes and constants under names of their own.
// The one header that knows ONNX's messages, for the writers of models alone.
#pragma once

// As Debian's library was compiled.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/format.hpp"
#include "base/tensor.hpp"
#include "kernels/kernels.hpp"

namespace crossbar::sim {

using Names = std::vector<std::string>;
using Dims = std::vector<std::int64_t>;

// Nodes and constants under names of their own.
class OnnxGraph {
  public:
    explicit OnnxGraph(onnx::GraphProto& graph) : graph_(graph) {}

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
    OnnxGraph& with(const std::string& name, const Dims& values) {
        onnx::AttributeProto& a = attribute(name, onnx::AttributeProto::INTS);
        for (const std::int64_t value : values)
            a.add_ints(value);
        return *this;
    }
    OnnxGraph& with(const std::string& name, std::int64_t value) {
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
        if (std::is_same_v<T, float>) return onnx::TensorProto::FLOAT;
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
template <typename Level>
std::vector<Level> turned(const std::vector<Level>& plane, const Window& w, int channels) {
    std::vector<Level> to;
    to.reserve(plane.size());
    const auto pixels =
        static_cast<std::size_t>(w.kernel_height) * static_cast<std::size_t>(w.kernel_width);
    const auto maps = static_cast<std::size_t>(channels);
    for (std::size_t row = 0; row < plane.size(); row += pixels * maps)
        for (std::size_t c = 0; c < maps; ++c)
            for (std::size_t p = 0; p < pixels; ++p)
                to.push_back(plane[row + p * maps + c]);
    return to;
}

// Kernel, stride and border of the node that was added last.
void set_window(OnnxGraph& graph, const Window& window);

// A model from pixels, uint8, images x height x width x channels, to "logits" of `type`, images x
// classes, without nodes yet. Opset 15.
onnx::ModelProto new_model(const std::string& name, const Shape& input, int classes, int type);

// Ends it with what `last` gives, as logits of that type, and makes it a file's bytes.
std::string finished(onnx::ModelProto& model, const std::string& last, int type);

}  // namespace crossbar::sim
