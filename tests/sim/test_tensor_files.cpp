// Weights in files of other tools: what is read, and what is refused by name.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "base/format.hpp"
#include "npz_testing.hpp"
#include "tensor_files/tensor_file.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using namespace npz_testing;
using Catch::Contains;

namespace {

using Doubles = std::vector<double>;
using Sides = std::vector<std::size_t>;

std::string with_length(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + data;
}

std::string bytes_of_floats(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), 4 * values.size()};
}

// Every way to cut a file, and every byte changed: an Error that names it, or sound tensors.
template <typename Read>
void damage(const std::string& good, const Read& read) {
    const auto attempt = [&](const std::string& bytes) {
        try {
            check_tensors(read(bytes));
        } catch (const Error& error) {
            CHECK(std::string(error.what()).starts_with("f: "));
        }
    };
    for (std::size_t size = 0; size < good.size(); ++size)
        attempt(good.substr(0, size));
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const char change : {'\x01', '\x80', '\xff'}) {
            std::string bytes = good;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            attempt(bytes);
        }
}

}  // namespace

TEST_CASE("tensor files: names are taken apart") {
    const auto parts = [](const char* name) {
        const NamedTensor t = named_tensor(name, {}, {1});
        return t.module + " " + t.part;
    };
    CHECK(parts("features.0.weight") == "features.0 weight");
    CHECK(parts("bn1.running_mean") == "bn1 running_mean");
    CHECK(parts("params/Conv_0/kernel") == "params/Conv_0 kernel");
    CHECK(parts("conv1_bias") == "conv1 bias");
    CHECK(parts("weight") == " weight");
    CHECK(parts("overweight") == "overweight ");
}

TEST_CASE("npz: types, both orders, big-endian numbers") {
    const auto read = [](const std::vector<NpzArray>& arrays) {
        return npz_tensors("f", npz_of(arrays));
    };
    const std::vector<float> six = {1, 2, 3, 4, 5, -6.5f};
    NamedTensors all = read({npz_array("a.weight", {2, 3}, six),
                             npz_array("b", {2}, std::vector<std::int64_t>{-5, 1ll << 40}),
                             npz_text("settings", "x = 1\n")});
    REQUIRE(all.tensors.size() == 3);
    CHECK(all.tensors[0].values == Doubles{1, 2, 3, 4, 5, -6.5});
    CHECK(all.tensors[0].shape == Sides{2, 3});
    CHECK_FALSE(all.tensors[0].integers);
    CHECK(all.tensors[1].values == Doubles{-5, 1099511627776.0});
    CHECK(all.tensors[1].integers);
    CHECK(all.tensors[2].text == "x = 1\n");
    const std::vector<std::uint16_t> halves = {0x3c00, 0xc500, 0x0001};
    NpzArray array = npz_array("h", {3}, halves);
    array.type = "<f2";
    CHECK(read({array}).tensors[0].values == Doubles{1, -5, 0x1p-24});
    array.type = ">i2";
    CHECK(read({array}).tensors[0].values == Doubles{0x3c, 0xc5, 0x100});
    array.type = "<c2";
    CHECK_THROWS_WITH(read({array}), Contains("f: array 'h.npy'") && Contains("'<c2'"));
    // Fortran's order: the header says so.
    std::string file = npz_of({npz_array("a", {2, 3}, six)}, Packing::stored);
    const std::size_t at = file.find("False");
    REQUIRE(at != file.npos);
    CHECK_THROWS_WITH(npz_tensors("f", file.replace(at, 5, "True ")), Contains("damaged"));  // sum
}

TEST_CASE("npz: damaged and hostile files") {
    const std::string good = npz_of({npz_array("a", {2, 2}, std::vector<float>{1, 2, 3, 4}),
                                     npz_array("b", {3}, std::vector<std::int8_t>{1, 2, 3})});
    damage(good, [](const std::string& bytes) { return npz_tensors("f", bytes); });
    CHECK_THROWS_WITH(npz_tensors("f", "PK"), Contains("f: it is no .npz file"));
    // A megabyte of zeros in a kilobyte, and as many as one likes of them.
    const std::vector<std::int8_t> zeros(std::size_t{1} << 20, 0);
    const std::string bomb =
        npz_of({npz_array("a", {zeros.size()}, zeros), npz_array("b", {zeros.size()}, zeros)});
    CHECK(npz_tensors("f", bomb, std::size_t{1} << 22).tensors.size() == 2);
    CHECK_THROWS_WITH(npz_tensors("f", bomb, std::size_t{1} << 20),
                      Contains("f: array 'a.npy': the arrays of this file unpack to more"));
    // What stands in a header goes for whatever the writer says.
    const auto with_header = [](const std::string& more) {
        NpzArray array = npz_array("a", {2}, std::vector<float>{1, 2});
        array.type = "<f4', " + more + "'x': '";
        return npz_tensors("f", npz_of({array}));
    };
    for (const char* shape : {"'shape': (99999999999999999999,), ", "'shape': (-2,), ",
                              "'shape': (4294967296,4294967296), ", "'shape': 2, ",
                              "'shape': (2.5,), ", "'shape': (2,3), ", "'shape': ("})
        CHECK_THROWS_WITH(with_header(shape), Contains("f: array 'a.npy': "));
    CHECK(with_header("'fortran_order': True, ").tensors[0].values == Doubles{1, 2});
    std::string lie = npz_of({npz_array("a", {2}, std::vector<float>{1, 2})}, Packing::stored);
    CHECK_THROWS_WITH(npz_tensors("f", lie.replace(lie.find("(2, )"), 5, "(9, )")),
                      Contains("f: array 'a.npy'"));
}

TEST_CASE("safetensors: types, and what the header claims") {
    const std::string data = bytes_of_floats({1, -2.5f, 3});
    const auto read = [&](const std::string& header) {
        return safetensors("f", with_length(header, data));
    };
    const NamedTensors all =
        read(R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"a":"b"},)"
             R"("c":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}})");
    REQUIRE(all.tensors.size() == 2);
    CHECK(all.sorted);
    CHECK(all.tensors[0].values == Doubles{1, -2.5});
    CHECK(all.tensors[1].shape == Sides{1, 2});
    CHECK(all.tensors[1].values == Doubles{0, 3});
    const auto one = [&](const char* type, const char* shape, const char* offsets) {
        return fmt::format(R"({{"w":{{"dtype":"{}","shape":{},"data_offsets":{}}}}})", type, shape,
                           offsets);
    };
    CHECK_THROWS_WITH(read(one("F32", "[3]", "[0,16]")), Contains("the offsets [0,16]"));
    CHECK_THROWS_WITH(read(one("F32", "[3]", "[4,0]")), Contains("the offsets [4,0]"));
    CHECK_THROWS_WITH(read(one("F32", "[4]", "[0,12]")), Contains("has 12 bytes; expected 16"));
    CHECK_THROWS_WITH(read(one("F32", "[2]", "[0,8]")), Contains("4 bytes belong to no tensor"));
    CHECK_THROWS_WITH(read(one("F32", "[2]", "[4,12]")), Contains("begins at byte 4; expected 0"));
    CHECK_THROWS_WITH(read(one("F8_E4M3", "[12]", "[0,12]")), Contains("the type F8_E4M3"));
    CHECK_THROWS_WITH(read(one("F32", "[-3]", "[0,12]")), Contains("f: tensor 'w'"));
    CHECK_THROWS_WITH(read(one("F32", "[4294967296,4294967296]", "[0,12]")),
                      Contains("more elements than a file"));
    CHECK_THROWS_WITH(read("[1]"), Contains("no JSON object"));
    CHECK_THROWS_WITH(read(R"({"a":1})"), Contains("f: tensor 'a' has no dtype"));
    CHECK_THROWS_WITH(read(R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                           R"("c":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})"),
                      Contains("'c' begins at byte 4; expected 8"));
    CHECK_THROWS_WITH(read(R"({"b":{},"b":{}})"), Contains("names 'b' twice"));
    std::string giant = with_length("{}", "");
    giant[6] = '\x7f';
    CHECK_THROWS_WITH(safetensors("f", giant), Contains("its header would have"));
    CHECK_THROWS_WITH(safetensors("f", "abc"), Contains("3 bytes are no safetensors file"));
    damage(with_length(one("F32", "[3]", "[0,12]"), data),
           [](const std::string& bytes) { return safetensors("f", bytes); });
}

TEST_CASE("tensor files: numbers that are none, names that come twice") {
    NamedTensors all{"f", {named_tensor("a", {2}, {1, std::nan("")})}, false};
    CHECK_THROWS_WITH(check_tensors(all), Contains("f: tensor 'a' holds nan at place 1"));
    all.tensors = {named_tensor("a", {1}, {1}), named_tensor("a", {1}, {1})};
    CHECK_THROWS_WITH(check_tensors(all), Contains("'a' comes twice"));
    all.tensors = {named_tensor("a", {2}, {1})};
    CHECK_THROWS_WITH(check_tensors(all), Contains("has 1 values"));
}

namespace {

// A model with a node after the other, each reading what the one before gave.
class Model {
  public:
    Model() { model_.set_ir_version(8); }

    void constant(const char* name, const std::vector<std::int64_t>& dims,
                  const std::vector<float>& values) {
        onnx::TensorProto& t = tensor(name, dims, onnx::TensorProto::FLOAT);
        for (const float value : values)
            t.add_float_data(value);
    }
    onnx::TensorProto& tensor(const char* name, const std::vector<std::int64_t>& dims, int type) {
        onnx::TensorProto& t = *model_.mutable_graph()->add_initializer();
        t.set_name(name);
        t.set_data_type(type);
        for (const std::int64_t dim : dims)
            t.add_dims(dim);
        return t;
    }
    onnx::NodeProto& node(const char* op, const std::vector<std::string>& constants) {
        onnx::NodeProto& n = *model_.mutable_graph()->add_node();
        n.set_op_type(op);
        n.set_name(op);
        n.add_input(last_);
        for (const std::string& input : constants)
            n.add_input(input);
        last_ = fmt::format("v{}", model_.graph().node_size());
        n.add_output(last_);
        return n;
    }
    // Computes with constants alone.
    void computed(const char* op, const std::vector<std::string>& inputs, const char* output) {
        onnx::NodeProto& n = *model_.mutable_graph()->add_node();
        n.set_op_type(op);
        n.set_name(op);
        for (const std::string& input : inputs)
            n.add_input(input);
        n.add_output(output);
    }
    std::string bytes() const { return model_.SerializeAsString(); }
    NamedTensors read(bool by_name = false) const { return onnx_tensors("f", bytes(), by_name); }

  private:
    onnx::ModelProto model_;
    std::string last_ = "image";
};

std::string told(const NamedTensors& all) {
    std::string text;
    for (const NamedTensor& t : all.tensors)
        text += fmt::format("{} {} {} {}\n", t.module, t.part, shape_text(t.shape),
                            fmt::join(t.values, ","));
    return text;
}

}  // namespace

TEST_CASE("onnx: layers in the order of the graph, whatever that of the initialisers") {
    Model m;
    m.constant("d", {3, 2}, {1, 2, 3, 4, 5, 6});  // inputs x outputs
    m.constant("db", {2}, {7, 8});
    m.constant("e", {1, 2}, {1, 2});  // outputs x inputs
    m.constant("w", {1, 1, 1, 2}, {9, 10});
    for (const char* name : {"g", "b", "m", "v"})
        m.constant(name, {1}, {*name == 'v' ? 4.0f : 2.0f});
    m.node("Conv", {"w"});
    onnx::AttributeProto& eps = *m.node("BatchNormalization", {"g", "b", "m", "v"}).add_attribute();
    eps.set_name("epsilon");
    eps.set_type(onnx::AttributeProto::FLOAT);
    eps.set_f(0.5f);
    m.node("Relu", {});
    m.node("Flatten", {});
    m.node("MatMul", {"d"});
    m.node("Add", {"db"});
    onnx::AttributeProto& turned = *m.node("Gemm", {"e"}).add_attribute();
    turned.set_name("transB");
    turned.set_type(onnx::AttributeProto::INT);
    turned.set_i(1);
    CHECK(
        told(m.read()) ==
        "Conv_1 weight 1 x 1 x 1 x 2 9,10\nConv_1_norm weight 1 2\nConv_1_norm bias 1 2\n"
        "Conv_1_norm running_mean 1 2\nConv_1_norm running_var 1 4\nConv_1_norm eps a number 0.5\n"
        "MatMul_2 weight 2 x 3 1,3,5,2,4,6\nMatMul_2 bias 2 7,8\nGemm_3 weight 1 x 2 1,2\n");
    CHECK(m.read(true).tensors.size() == 8);
    CHECK(m.read(true).tensors.front().name == "d");
    const std::string good = m.bytes();
    damage(good, [](const std::string& bytes) { return onnx_tensors("f", bytes, false); });
    damage(good, [](const std::string& bytes) { return onnx_tensors("f", bytes, true); });
}

TEST_CASE("onnx: integers with scales are the weights that they stand for") {
    Model m;
    onnx::TensorProto& q = m.tensor("q", {2, 2}, onnx::TensorProto::INT8);
    const std::string raw = {10, 20, -10, -20};
    q.set_raw_data(raw);
    m.constant("s", {2}, {0.5f, 0.25f});
    m.computed("DequantizeLinear", {"q", "s"}, "w");
    m.node("MatMul", {"w"});
    CHECK(told(m.read()) == "MatMul_1 weight 2 x 2 5,-5,5,-5\n");
}

TEST_CASE("onnx: what a layer is not read from") {
    Model scaled;
    scaled.constant("w", {2, 2}, {1, 2, 3, 4});
    scaled.constant("two", {}, {2});
    scaled.node("Mul", {"two"});
    scaled.node("MatMul", {"w"});
    CHECK_THROWS_WITH(scaled.read(), Contains("f: the node Mul 'Mul' computes with the constant "
                                              "'two'"));
    Model turned;
    turned.constant("w", {1, 1, 1, 1}, {1});
    turned.node("Conv", {"w"});
    turned.node("Transpose", {});
    CHECK_THROWS_WITH(turned.read(), Contains("turns maps around"));
    Model elsewhere;
    elsewhere.tensor("w", {2, 2}, onnx::TensorProto::FLOAT)
        .set_data_location(onnx::TensorProto::EXTERNAL);
    CHECK_THROWS_WITH(elsewhere.read(), Contains("its numbers are in another file"));
    Model shared;
    shared.tensor("w", {2, 2}, onnx::TensorProto::FLOAT).set_raw_data("12345");
    CHECK_THROWS_WITH(shared.read(), Contains("expected 4, 2 x 2"));
    Model negative;
    negative.tensor("w", {-2, 2}, onnx::TensorProto::FLOAT);
    CHECK_THROWS_WITH(negative.read(), Contains("a side of its shape is -2"));
    CHECK_THROWS_WITH(onnx_tensors("f", "no model at all", false), Contains("f: it is no ONNX"));
    CHECK_THROWS_WITH(onnx_tensors("f", "", false), Contains("f: it is no ONNX"));
}
