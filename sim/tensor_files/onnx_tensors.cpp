// ONNX models: the constants that their layers compute with, found by walking the graph. Kernels
// come out as outputs x channels x height x width, dense weights as outputs x inputs.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/check.hpp"
#include "tensor_files/elements.hpp"
#include "tensor_files/tensor_file.hpp"

namespace crossbar::sim {
namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using onnx::TensorProto;

Element element_of(const std::string& what, int type) {
    switch (type) {
        case TensorProto::FLOAT:
            return Element::f32;
        case TensorProto::DOUBLE:
            return Element::f64;
        case TensorProto::FLOAT16:
            return Element::f16;
        case TensorProto::BFLOAT16:
            return Element::bf16;
        case TensorProto::INT8:
            return Element::i8;
        case TensorProto::UINT8:
        case TensorProto::BOOL:
            return Element::u8;
        case TensorProto::INT16:
            return Element::i16;
        case TensorProto::UINT16:
            return Element::u16;
        case TensorProto::INT32:
            return Element::i32;
        case TensorProto::UINT32:
            return Element::u32;
        case TensorProto::INT64:
            return Element::i64;
        case TensorProto::UINT64:
            return Element::u64;
        default:
            fail("{}: its elements are of ONNX's type {}; expected numbers", what, type);
    }
}

// Small types lie in int32_data, and 16-bit floats as their bits.
std::vector<double> listed_values(const TensorProto& t, Element element) {
    std::vector<double> values;
    const auto take = [&](const auto& list) { values.assign(list.begin(), list.end()); };
    if (element == Element::f16 || element == Element::bf16) {
        std::string bytes;
        for (const std::int32_t bits : t.int32_data())
            bytes.append({static_cast<char>(bits & 255), static_cast<char>(bits >> 8 & 255)});
        return numbers_of(element, bytes);
    }
    if (element == Element::f32)
        take(t.float_data());
    else if (element == Element::f64)
        take(t.double_data());
    else if (element == Element::i64)
        take(t.int64_data());
    else if (element == Element::u64 || element == Element::u32)
        take(t.uint64_data());
    else
        take(t.int32_data());
    return values;
}

NamedTensor tensor_of(const std::string& file, const TensorProto& t) {
    const std::string what = fmt::format("{}: initialiser '{}'", file, t.name());
    if (t.data_location() == TensorProto::EXTERNAL)
        fail("{}: its numbers are in another file; save the model with all data in one file", what);
    std::vector<std::size_t> shape;
    for (const std::int64_t side : t.dims()) {
        if (side < 0) fail("{}: a side of its shape is {}", what, side);
        shape.push_back(static_cast<std::size_t>(side));
    }
    if (t.data_type() == TensorProto::STRING) return {t.name(), t.name(), {}, {}, {}, false, " "};
    const Element element = element_of(what, t.data_type());
    const std::size_t count = elements_in(shape, what);
    std::vector<double> values =
        t.has_raw_data() ? numbers_of(element, t.raw_data()) : listed_values(t, element);
    const bool whole = !t.has_raw_data() || t.raw_data().size() == count * bytes_in(element);
    if (values.size() != count || !whole)
        fail("{}: it has {} values; expected {}, {}", what, values.size(), count,
             shape_text(shape));
    return named_tensor(t.name(), std::move(shape), std::move(values), is_integer(element));
}

const AttributeProto* find_attribute(const NodeProto& node, const char* name) {
    for (const AttributeProto& a : node.attribute())
        if (a.name() == name) return &a;
    return nullptr;
}
std::int64_t number(const NodeProto& node, const char* name, std::int64_t otherwise) {
    const AttributeProto* a = find_attribute(node, name);
    return a ? a->i() : otherwise;
}
double real(const NodeProto& node, const char* name, double otherwise) {
    const AttributeProto* a = find_attribute(node, name);
    return a ? static_cast<double>(a->f()) : otherwise;
}

// Rows and columns of two dimensions change places.
NamedTensor turned(NamedTensor t) {
    const std::size_t rows = t.shape[0], columns = t.shape[1];
    std::vector<double> values(t.values.size());
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c)
            values[c * rows + r] = t.values[r * columns + c];
    t.values = std::move(values);
    std::swap(t.shape[0], t.shape[1]);
    return t;
}

// A layer with what belongs to it, as it is met.
struct Met {
    std::vector<NamedTensor> tensors;
    bool biased = false, normalised = false;
};

class Walk {
  public:
    Walk(const std::string& file, const onnx::GraphProto& graph) : file_(file) {
        for (const TensorProto& t : graph.initializer())
            constants_.emplace(t.name(), tensor_of(file, t));
        for (const NodeProto& node : graph.node())
            visit(node);
    }

    NamedTensors tensors() && {
        NamedTensors all{file_, {}, false};
        for (Met& met : met_)
            for (NamedTensor& tensor : met.tensors)
                all.tensors.push_back(std::move(tensor));
        return all;
    }

  private:
    const NamedTensor* constant(const NodeProto& node, int input) const {
        if (input >= node.input_size()) return nullptr;
        const auto found = constants_.find(node.input(input));
        return found == constants_.end() ? nullptr : &found->second;
    }
    const NamedTensor& needed(const NodeProto& node, int input) const {
        const NamedTensor* found = constant(node, input);
        if (!found)
            fail("{}: input {} of {} is computed, and not a constant of the model", file_, input,
                 named(node));
        return *found;
    }
    static std::string named(const NodeProto& node) {
        return fmt::format("the node {} '{}'", node.op_type(), node.name());
    }

    void visit(const NodeProto& node) {
        const std::string& op = node.op_type();
        if (op == "Constant") return add_constant(node);
        if (op == "Conv" || op == "Gemm") return add_layer(node);
        if (op == "MatMul" && constant(node, 1)) return add_layer(node);
        if (op == "BatchNormalization") return add_norm(node);
        if (op == "Add" && add_bias(node)) return;
        if (is_computed(node)) return;
        if (op == "Transpose" && !met_.empty())
            fail(
                "{}: {} turns maps around, so that the order of a dense layer's inputs is not "
                "known; say by --weights-map which initialiser is whose, and how it is flattened",
                file_, named(node));
        check_known(node);
        pass_on(node);
    }

    void add_constant(const NodeProto& node) {
        const AttributeProto* value = find_attribute(node, "value");
        if (!value || node.output_size() != 1) return;
        NamedTensor tensor = tensor_of(file_, value->t());
        if (tensor.name.empty())
            tensor = named_tensor(node.output(0), tensor.shape, tensor.values, tensor.integers);
        constants_.emplace(node.output(0), std::move(tensor));
    }

    // What a constant becomes on its way: integers with a scale, transposed.
    bool is_computed(const NodeProto& node) {
        const NamedTensor* from = constant(node, 0);
        if (!from || node.output_size() != 1) return false;
        const std::string& op = node.op_type();
        NamedTensor to = *from;
        if (op == "DequantizeLinear") {
            dequantise(node, to);
        } else if (op == "Transpose" && to.shape.size() == 2) {
            to = turned(std::move(to));
        } else if (op != "Identity") {
            return false;
        }
        constants_.emplace(node.output(0), std::move(to));
        return true;
    }

    void dequantise(const NodeProto& node, NamedTensor& to) const {
        const NamedTensor& scale = needed(node, 1);
        const NamedTensor* zero = constant(node, 2);
        const auto axis = static_cast<std::size_t>(number(node, "axis", 1));
        const std::size_t n = scale.values.size();
        const bool one = n == 1;
        if (!one && (axis >= to.shape.size() || to.shape[axis] != n))
            fail("{}: {} has {} scales for {}", file_, named(node), n, shape_text(to.shape));
        if (zero && zero->values.size() != n)
            fail("{}: {} has {} scales and {} zero points", file_, named(node), n,
                 zero->values.size());
        std::size_t stride = 1;
        for (std::size_t k = axis + 1; !one && k < to.shape.size(); ++k)
            stride *= to.shape[k];
        for (std::size_t i = 0; i < to.values.size(); ++i) {
            const std::size_t k = one ? 0 : i / stride % n;
            to.values[i] = (to.values[i] - (zero ? zero->values[k] : 0)) * scale.values[k];
        }
        to.integers = false;
    }

    void add_layer(const NodeProto& node) {
        NamedTensor weight = needed(node, 1);
        const bool dense = node.op_type() != "Conv";
        if (dense && weight.shape.size() != 2)
            fail("{}: {} has weights of {}; expected two dimensions", file_, named(node),
                 shape_text(weight.shape));
        if (dense && number(node, "transB", 0) == 0) weight = turned(std::move(weight));
        if (real(node, "alpha", 1) != 1 || real(node, "beta", 1) != 1 ||
            number(node, "transA", 0) != 0)
            fail("{}: {} has an alpha, beta or transA, which is not read", file_, named(node));
        const std::string module = fmt::format("{}_{}", node.op_type(), met_.size() + 1);
        weight.module = module;
        weight.part = "weight";
        met_.push_back({{std::move(weight)}});
        if (node.input_size() > 2 && !node.input(2).empty())
            give_bias(met_.back(), needed(node, 2));
        remember(node);
    }

    void give_bias(Met& met, NamedTensor bias) {
        bias.module = met.tensors.front().module;
        bias.part = "bias";
        bias.shape = {bias.values.size()};
        met.tensors.push_back(std::move(bias));
        met.biased = true;
    }

    void remember(const NodeProto& node) {
        for (const std::string& output : node.output())
            layer_of_[output] = met_.size() - 1;
    }

    // A vector behind a layer that has none yet.
    bool add_bias(const NodeProto& node) {
        for (int side = 0; side < 2 && node.input_size() == 2; ++side) {
            const NamedTensor* bias = constant(node, side);
            const auto layer = layer_of_.find(node.input(1 - side));
            if (!bias || layer == layer_of_.end()) continue;
            Met& met = met_[layer->second];
            if (met.biased || met.normalised ||
                bias->values.size() != met.tensors.front().shape.front())
                return false;
            give_bias(met, *bias);
            layer_of_[node.output(0)] = layer->second;
            return true;
        }
        return false;
    }

    void add_norm(const NodeProto& node) {
        const auto layer = node.input_size() == 5 ? layer_of_.find(node.input(0)) : layer_of_.end();
        if (layer == layer_of_.end() || met_[layer->second].normalised)
            fail("{}: {} does not follow a layer's weights; where it stands it has no place here",
                 file_, named(node));
        Met& met = met_[layer->second];
        const std::string module = met.tensors.front().module + "_norm";
        constexpr const char* parts[] = {"weight", "bias", "running_mean", "running_var"};
        for (int i = 0; i < 4; ++i) {
            NamedTensor tensor = needed(node, i + 1);
            tensor.module = module;
            tensor.part = parts[i];
            met.tensors.push_back(std::move(tensor));
        }
        met.tensors.push_back({module + ".eps", module, "eps", {}, {real(node, "epsilon", 1e-5)}});
        met.normalised = true;
    }

    // Maps that are shown on as they are keep what they are.
    void pass_on(const NodeProto& node) {
        const std::string& op = node.op_type();
        if (node.input_size() == 0 || node.output_size() == 0) return;
        if (op != "Identity" && op != "Dropout" && op != "QuantizeLinear" &&
            op != "DequantizeLinear")
            return;
        const auto from = layer_of_.find(node.input(0));
        if (from != layer_of_.end()) layer_of_[node.output(0)] = from->second;
    }

    // Weights of a kind that is not known must not be passed over.
    void check_known(const NodeProto& node) const {
        static const std::set<std::string> known = {"Reshape", "Pad", "Slice", "QuantizeLinear",
                                                    "DequantizeLinear"};
        if (known.contains(node.op_type())) return;
        for (int i = 0; i < node.input_size(); ++i) {
            const NamedTensor* weight = constant(node, i);
            if (!weight || (weight->integers && weight->shape.size() < 2)) continue;
            fail(
                "{}: {} computes with the constant '{}' ({}); layers are read from Conv, Gemm, "
                "MatMul, Add behind these and BatchNormalization alone",
                file_, named(node), weight->name, shape_text(weight->shape));
        }
    }

    std::string file_;
    std::map<std::string, NamedTensor> constants_;
    std::map<std::string, std::size_t> layer_of_;  // of values: the layer that gave them
    std::vector<Met> met_;
};

}  // namespace

NamedTensors onnx_tensors(const std::string& file, std::string_view bytes, bool by_name) {
    onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph())
        fail("{}: it is no ONNX model, or damaged", file);
    if (!by_name && model.graph().node_size() > 0) return Walk(file, model.graph()).tensors();
    NamedTensors all{file, {}, false};
    for (const TensorProto& t : model.graph().initializer())
        all.tensors.push_back(tensor_of(file, t));
    return all;
}

}  // namespace crossbar::sim
