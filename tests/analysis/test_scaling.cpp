// The model of a step through several machines: its networks against those that are trained, and
// steps whose time is known by hand.
#include <catch2/catch.hpp>

#include "analysis/scaling.hpp"
#include "base/check.hpp"
#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

void check_load(const std::string& name, const std::string& text, const Shape& input) {
    const Network net = network_of(text, input, 10, make_plan(settings_of("bm1", "frsf")));
    const NetworkLoad& load = network_load(name);
    REQUIRE(load.layers.size() == net.layers.size());
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        INFO(name << ", layer " << i + 1);
        CHECK(load.layers[i].synapses() == net.layers[i].forward.size());
        CHECK(load.layers[i].outputs == static_cast<std::size_t>(net.layers[i].forward.outputs));
        CHECK(load.layers[i].positions == net.layers[i].positions());
        CHECK(load.layers[i].normalised == (net.layers[i].norm.mode != BatchNormMode::none));
    }
}

// One layer of 100 x 10 synapses, not normalised.
NetworkLoad one_layer() {
    return {"one", "one", {{10, 100, 1, false}}, 0};
}

}  // namespace

TEST_CASE("the model's networks are those that are trained", "[scaling]") {
    check_load("mnist",
               "conv 5x5x20, bn, max 2x2/2, relu, conv 5x5x50, bn, max 2x2/2, relu, fc 500, bn, "
               "relu, fc 10",
               {28, 28, 1});
    check_load("cifar10",
               "conv 5x5x32 pad 2, bn, max 3x3/2, relu, conv 5x5x64 pad 2, bn, relu, avg 3x3/2, "
               "conv 5x5x64 pad 2, bn, relu, avg 3x3/2, fc 128, bn, relu, fc 10",
               {32, 32, 3});
    // As published: 0.27 M, and 11.69 M of which 4,800 pairs of scales and shifts and 1,000 biases.
    CHECK(network_load("resnet20").synapses() == 268336);
    CHECK(network_load("resnet18").synapses() == 11689512 - 2 * 4800 - 1000);
    CHECK(network_load("resnet20").products() == Approx(41e6).epsilon(0.02));
    CHECK(network_load("resnet18").products() == Approx(1.81e9).epsilon(0.01));
    CHECK_THROWS_AS(network_load("lenet"), Error);
}

TEST_CASE("a step of one machine is what it computes", "[scaling]") {
    const Machines one{.count = 1,
                       .image_seconds = 2,
                       .update_seconds = 5,
                       .synapse_seconds = 9,
                       .latency = 9,
                       .message_seconds = 9,
                       .bytes_per_second = 1};
    for (const NetworkLoad& net : network_loads())
        CHECK(step_seconds(net, {}, one, 10) == Approx(25));
    CHECK(efficiency(one_layer(), {}, one, 10, false) == Approx(1));
    CHECK(efficiency(one_layer(), {}, one, 10, true) == Approx(1));
}

TEST_CASE("a step of several machines, by hand", "[scaling]") {
    // Sums of all: 1 of the scale, twice, 1 of the loss, 65 counts of widths, 3 of the loss, 1
    // signal: 72 numbers, 6 waits.
    Machines m{.count = 2, .latency = 1, .bytes_per_second = 1e30};
    CHECK(step_seconds(one_layer(), {}, m, 0) == Approx(6 + 2));  // and deal and gather
    m.count = 5;
    CHECK(step_seconds(one_layer(), {}, m, 0) == Approx(6 * 3 + 2));
    m.message_seconds = 10;
    CHECK(step_seconds(one_layer(), {}, m, 0) == Approx(6 * 3 + 2 + 2 * 3 * 10));
    // Bytes: half of 1,000 synapses of 16 and of 2 bits; all-reduces of 70 numbers.
    const Machines slow{.count = 2, .bytes_per_second = 1};
    CHECK(step_seconds(one_layer(), {}, slow, 0) == Approx(500 * 18 / 8. + 72 * 8));
    const Sending votes{.dealt_bits = 1, .gathered_bits = 1, .votes = true};
    CHECK(step_seconds(one_layer(), votes, slow, 0) == Approx(500 * 2 / 8. + 7 * 8));
}

TEST_CASE("what travels while layers below compute costs nothing", "[scaling]") {
    // The last layer's 1,000 synapses take 1,000 s to deal; its deltas take a third of its
    // products, as long again. Below there is next to nothing.
    const NetworkLoad two{"two", "two", {{1, 1, 1, false}, {10, 100, 1, false}}, 0};
    const Machines m{.count = 2, .image_seconds = 3002, .bytes_per_second = 1};
    const Sending dealt{.dealt_bits = 16, .gathered_bits = 0, .votes = true};
    const double alone = 3002, small = 8 * (4 + 1 + 1 + 3 + 1), bottom = 1;
    CHECK(step_seconds(two, dealt, m, 1) == Approx(alone + small + bottom).epsilon(1e-3));
    Machines quick = m;
    quick.image_seconds = 0;
    CHECK(step_seconds(two, dealt, quick, 1) == Approx(1000 + small + bottom).epsilon(1e-3));
}

TEST_CASE("efficiency falls with the number of machines, later on quick links and with votes",
          "[scaling]") {
    const Sending votes{.dealt_bits = 2, .gathered_bits = 2, .votes = true};
    for (const NetworkLoad& net : network_loads())
        for (const bool grows : {false, true}) {
            double before = 1;
            for (int count = 2; count <= 1024; count *= 2) {
                const Machines m{.count = count,
                                 .image_seconds = 1e-4,
                                 .update_seconds = 1e-4,
                                 .latency = 1e-5,
                                 .bytes_per_second = 1e8};
                Machines quick = m;
                quick.bytes_per_second = 1e9;
                const double now = efficiency(net, {}, m, 1024, grows);
                CHECK(now < before);
                CHECK(now <= efficiency(net, votes, m, 1024, grows));
                CHECK(now < efficiency(net, {}, quick, 1024, grows));
                before = now;
            }
        }
}
