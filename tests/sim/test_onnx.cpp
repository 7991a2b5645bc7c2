// Models that ONNX's own checker accepts, whatever the network is made of.
#include <catch2/catch.hpp>

#include "export/onnx_model.hpp"
#include "export/onnx_qdq.hpp"
#include "kernels/kernels.hpp"
#include "network/network.hpp"
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

TEST_CASE("onnx: models pass the checker, with the shapes that they say", "[onnx]") {
    for (const char* text :
         {"fc 10",
          "conv 3x3x8/2 pad 1, bn, relu, max 3x3/2 pad 1, avg 2x2/2, fc 16, bn, relu, fc 10",
          "conv 3x3x8 pad 1, bn as a, relu, dwconv 3x3 pad 1, bn, add a, relu as b, conv 3x3x12/2 "
          "pad 1, bn as c, "
          "shortcut 12/2 from b, add c, avg all, fc 10"})
        for (const int bits : {1, 8, 16}) {
            CAPTURE(text, bits);
            Settings settings;
            settings.weight_bits = bits;
            if (bits == 8) settings.bn = BatchNormMode::affine;
            const Network network =
                make_network(text, {14, 14, 3}, 10, make_plan(settings), best_kernels());
            for (const auto& write : {onnx_model, onnx_qdq}) {
                onnx::ModelProto model;
                REQUIRE(model.ParseFromString(write(deploy(network), "net")));
                CHECK_NOTHROW(onnx::checker::check_model(model));
                CHECK_NOTHROW(onnx::shape_inference::InferShapes(
                    model, onnx::OpSchemaRegistry::Instance(), {true, 1, false}));
            }
        }
}

TEST_CASE("onnx: a network that is read through tiles is refused", "[onnx]") {
    const Settings settings;
    const Target target = load_target("array128", "");
    const Plan plan = make_plan(settings, target.hardware);
    const Network network = make_network("fc 10", {14, 14, 3}, 10, plan, best_kernels());
    for (const auto& write : {onnx_model, onnx_qdq})
        CHECK_THROWS_WITH(write(deploy(network), "net"), Contains("fc 10") && Contains("tiles"));
}
