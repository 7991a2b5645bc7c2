// Places of maps in the arena of C sources: nothing that is still to be read is overwritten, and
// names are refused that C would not take.
#include <catch2/catch.hpp>

#include "chip/chip_fit.hpp"
#include "chip/chip_plan.hpp"
#include "chip/chip_source.hpp"
#include "chip/learn_source.hpp"
#include "kernels/kernels.hpp"
#include "network/network.hpp"

namespace {

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

Network made(const std::string& text, int bits = 8) {
    Settings settings;
    settings.weight_bits = bits;
    return make_network(text, {14, 14, 3}, 10, make_plan(settings), best_kernels());
}

const char* const networks[] = {
    "fc 10", "conv 3x3x8 pad 1, bn, relu, max 2x2/2, fc 16, bn, relu, fc 10",
    "conv 3x3x8 pad 1, bn, relu as a, conv 3x3x8 pad 1, bn, add a, relu, avg all, fc 10",
    "conv 3x3x4 pad 1, bn as a, relu as b, conv 3x3x4 pad 1, add a as c, add b, relu, add c as d, "
    "max 3x3/1 pad 1, add d, relu, relu, fc 10",
    "dwconv 3x3 pad 1, bn as a, max 3x3/1 pad 1 as b, max 3x3/1 pad 1, add b, add a, fc 10"};

}  // namespace

TEST_CASE("chip: places that live together do not overlap", "[chip]") {
    for (const char* text : networks)
        for (const int bits : {1, 8, 12}) {
            CAPTURE(text, bits);
            const Network network = made(text, bits);
            const ChipPlan plan = plan_chip(deploy(network));
            std::size_t most = 0;
            for (std::size_t i = 0; i < plan.places.size(); ++i) {
                const ArenaPlace& a = plan.places[i];
                most = std::max(most, a.offset + a.size);
                CHECK(a.offset % 4 == 0);
                for (std::size_t k = 0; k < i; ++k) {
                    const ArenaPlace& b = plan.places[k];
                    const bool together = a.born <= b.dies && b.born <= a.dies;
                    const bool overlap =
                        a.offset < b.offset + b.size && b.offset < a.offset + a.size;
                    CHECK_FALSE((together && overlap));
                }
            }
            CHECK(plan.arena == most);
        }
}

// Each stage reads what the stages say: the call that last wrote to a place before it is read is
// the one of the stage that the network names.
TEST_CASE("chip: a call reads what its stage reads", "[chip]") {
    for (const char* text : networks) {
        CAPTURE(text);
        const Network network = made(text);
        const ChipPlan plan = plan_chip(deploy(network));
        // Stage whose output each place holds; -1 the image. A relu had with its call counts as its
        // stage.
        std::vector<int> holds(plan.places.size(), -2);
        for (const CCall& call : plan.calls) {
            if (call.kernel == CKernel::pixels) {
                holds[static_cast<std::size_t>(call.out)] = -1;
                continue;
            }
            std::vector<int> read = {holds[static_cast<std::size_t>(call.in)]};
            if (call.fine >= 0) read.push_back(holds[static_cast<std::size_t>(call.fine)]);
            std::vector<int> wanted = network.stages[static_cast<std::size_t>(call.stage)].inputs;
            std::sort(read.begin(), read.end());
            std::sort(wanted.begin(), wanted.end());
            CHECK(read == wanted);
            if (call.out >= 0)
                holds[static_cast<std::size_t>(call.out)] = call.stage + (call.rectified ? 1 : 0);
        }
    }
}

TEST_CASE("chip: a level is stored in the next of 1, 2, 4, 8 and 16 bits", "[chip]") {
    for (int bits = 1; bits <= 16; ++bits) {
        const int stored = stored_bits(bits);
        CHECK(stored >= bits);
        CHECK((stored & (stored - 1)) == 0);
        CHECK((bits == 1 || stored < 2 * bits));
    }
}

TEST_CASE("chip: names are those that C takes, in lower case", "[chip]") {
    const Network network = made("fc 10");
    const DeployedNetwork deployed = deploy(network);
    for (const char* name : {"net", "_n", "digits_2"})
        CHECK_NOTHROW(c_sources(deployed, name, {}));
    for (const char* name : {"", "2net", "Net", "a-b", "cb_x", "a b"})
        CHECK_THROWS_WITH(c_sources(deployed, name, {}), Contains("--name"));
}

TEST_CASE("chip: more outputs than the sources count to are refused", "[chip]") {
    const Network network = made("avg all, fc 65900, relu, fc 10");
    CHECK_THROWS_WITH(plan_chip(deploy(network)), Contains("fc 65900: it has 65900 outputs"));
}

TEST_CASE("chip: what a board has is read in K and M", "[chip]") {
    CHECK(parse_board("ram=256K,flash=1M").ram == 262144);
    CHECK(parse_board("flash=1M,ram=256K").flash == 1048576);
    CHECK(parse_board("ram=1000").ram == 1000);
    for (const char* text :
         {"", "ram", "ram=", "ram=K", "ram=0", "ram=-1", "ram=1G", "rom=1K", "ram=1K flash=1K"})
        CHECK_THROWS_WITH(parse_board(text), Contains("--fits"));
}

TEST_CASE("chip: what a network needs is what its sources say, and decides whether it fits",
          "[chip]") {
    const std::string text = "conv 3x3x8 pad 1, bn, relu, max 2x2/2, fc 16, bn, relu, fc 10";
    for (const int bits : {1, 2, 8}) {
        CAPTURE(bits);
        Settings settings;
        settings.weight_bits = bits;
        settings.batch = 8;
        const Plan plan = make_plan(settings, {}, 80);
        const Network network = make_network(text, {14, 14, 3}, 10, plan, best_kernels());
        const LearnPlan learning = plan_learning(network, plan);
        const ChipNeeds needs = learning_needs(network, plan), reads = inference_needs(network);
        CHECK(needs.ram == learning.state + learning.arena);
        CHECK(reads.ram == plan_chip(deploy(network)).arena + 40);
        CHECK(needs.fits({needs.ram, needs.flash}));
        CHECK_FALSE(needs.fits({needs.ram - 1, needs.flash}));
        CHECK_FALSE(needs.fits({needs.ram, needs.flash - 1}));
        CHECK(initial_state(learning, {network, plan, 0}, 7).size() <= learning.state);
        // Twice the images need more, and the state no more.
        Plan larger = plan;
        larger.batch = 16;
        CHECK(plan_learning(network, larger).state == learning.state);
        CHECK(plan_learning(network, larger).arena > learning.arena);
    }
}

TEST_CASE("chip: batches whose gradient an int32 does not hold are refused", "[chip]") {
    Settings settings;
    settings.batch = 700;
    const Plan plan = make_plan(settings, {}, 800);
    const Network network =
        make_network("conv 3x3x8 pad 1, relu, fc 10", {14, 14, 3}, 10, plan, best_kernels());
    CHECK_THROWS_WITH(plan_learning(network, plan), Contains("use a smaller --batch"));
}
