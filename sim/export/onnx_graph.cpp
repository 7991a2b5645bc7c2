// What all models have in common.
#include "export/onnx_graph.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

void set_value(onnx::ValueInfoProto& value, const std::string& name, int type, const Dims& dims) {
    value.set_name(name);
    onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape()->add_dim()->set_dim_param("images");
    for (const std::int64_t dim : dims)
        tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

}  // namespace

void set_window(OnnxGraph& graph, const Window& w) {
    const auto behind = [&](int in, int out, int kernel) {
        return std::max(0, (out - 1) * w.stride + kernel - in - w.pad);
    };
    graph.with("kernel_shape", Dims{w.kernel_height, w.kernel_width})
        .with("strides", Dims{w.stride, w.stride})
        .with("pads", Dims{w.pad, w.pad, behind(w.in_height, w.out_height, w.kernel_height),
                           behind(w.in_width, w.out_width, w.kernel_width)});
}

onnx::ModelProto new_model(const std::string& name, const Shape& input, int classes, int type) {
    constexpr int opset = 15;
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.set_producer_name("crossbar_sim");
    model.add_opset_import()->set_version(opset);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(name);
    set_value(*graph.add_input(), "pixels", onnx::TensorProto::UINT8,
              {input.height, input.width, input.channels});
    set_value(*graph.add_output(), "logits", type, {classes});
    return model;
}

std::string finished(onnx::ModelProto& model, const std::string& last, int type) {
    onnx::NodeProto& out = *model.mutable_graph()->add_node();
    out.set_op_type("Cast");
    out.set_name("logits");
    out.add_input(last);
    out.add_output("logits");
    onnx::AttributeProto& to = *out.add_attribute();
    to.set_name("to");
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(type);
    std::string bytes;
    if (!model.SerializeToString(&bytes))
        fail("the ONNX model of this network is larger than the 2 GB that its format holds");
    return bytes;
}

}  // namespace crossbar::sim
