// What a person can get wrong in a network's text or in the settings: the message names it.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "float/float_network.hpp"
#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;
using Catch::Matchers::Contains;

namespace {

void make(const std::string& text, const Shape& input = {12, 12, 3}, int classes = 4) {
    make_network(text, input, classes, make_plan(Settings{}), best_kernels());
}

Plan plan_with(const std::function<void(Settings&)>& change) {
    Settings settings;
    change(settings);
    return make_plan(settings);
}

}  // namespace

TEST_CASE("a network that does not fit says which stage and why", "[learning]") {
    CHECK_NOTHROW(make("conv 3x3x5 stride 2 pad 1, bn, max 3x3/2, relu, fc 4"));
    CHECK_NOTHROW(make(" conv 3x3x5/2 , relu,fc 4 "));
    CHECK_THROWS_WITH(make(""), Contains("not understood"));
    CHECK_THROWS_WITH(make("fc 4,"), Contains("''"));
    CHECK_THROWS_WITH(make("convolution 3, fc 4"), Contains("'convolution 3'"));
    CHECK_THROWS_WITH(make("conv 3x4x5, fc 4"), Contains("'conv 3x4x5'") && Contains("square"));
    CHECK_THROWS_WITH(make("conv 0x0x5, fc 4"), Contains("'conv 0x0x5'") && Contains("at least 1"));
    CHECK_THROWS_WITH(make("conv 3x3x0, fc 4"), Contains("at least one output"));
    CHECK_THROWS_WITH(make("conv 3x3x5/0, fc 4"), Contains("stride"));
    CHECK_THROWS_WITH(make("conv 3x3x5 pad 3, fc 4"), Contains("pad must be smaller"));
    CHECK_THROWS_WITH(make("max 16x16/2, fc 4"), Contains("15x15"));
    CHECK_THROWS_WITH(make("conv 13x13x2, fc 4"), Contains("does not fit") && Contains("12x12"));
    CHECK_THROWS_WITH(make("bn, fc 4"), Contains("right after"));
    CHECK_THROWS_WITH(make("fc 9, relu, bn, fc 4"), Contains("stage 3"));
    CHECK_THROWS_WITH(make("fc 4, relu"), Contains("'relu'") && Contains("logits"));
    CHECK_THROWS_WITH(make("fc 4, bn"), Contains("'bn'") && Contains("logits"));
    CHECK_THROWS_WITH(make("fc 5"), Contains("1x1x5") && Contains("4 classes"));
    CHECK_THROWS_WITH(make("conv 3x3x4"), Contains("10x10x4"));
    CHECK_THROWS_WITH(make("conv 1x1x4 pad 0, fc 99999, fc 4"), Contains("too many"));
    CHECK_THROWS_WITH(
        make_float_network("fc 5", {1, 1, 3}, 4, make_plan(Settings{}), best_kernels()),
        Contains("4 classes"));
}

TEST_CASE("settings out of range name the option, its value and its range", "[learning]") {
    const auto message = [](const std::string& option,
                            const std::function<void(Settings&)>& change) {
        CHECK_THROWS_WITH(plan_with(change), Contains("--" + option));
    };
    message("weight-bits", [](Settings& s) { s.weight_bits = 0; });
    message("weight-bits", [](Settings& s) { s.weight_bits = 17; });
    message("activation-bits", [](Settings& s) { s.activation_bits = 1; });
    message("error-bits", [](Settings& s) { s.error_bits = 9; });
    message("feedback-bits", [](Settings& s) { s.feedback_bits = 0; });
    message("momentum", [](Settings& s) { s.momentum = 1; });
    message("momentum", [](Settings& s) { s.momentum = std::nan(""); });
    message("decay", [](Settings& s) { s.decay = -0.1; });
    message("rate", [](Settings& s) { s.rate = 1.5; });
    message("rate", [](Settings& s) { s.rate = -1; });
    message("rate-decay", [](Settings& s) { s.rate_decay = 2; });
    message("readout-gain", [](Settings& s) { s.readout_gain = 0; });
    message("counter-bits", [](Settings& s) { s.counter_bits = 1; });
    message("counter-leak", [](Settings& s) { s.counter_leak = -1; });
    message("counter-share", [](Settings& s) { s.counter_share = 0; });
    message("pulse-budget", [](Settings& s) { s.pulse_budget = 0.001; });
    message("bn-images", [](Settings& s) { s.bn_images = -1; });
    message("epochs", [](Settings& s) { s.epochs = -1; });
    message("batch", [](Settings& s) { s.batch = 0; });
    message("feedback", [](Settings& s) { s.feedback = "fsrf"; });
    message("rule", [](Settings& s) { s.rule = "bm5"; });
    CHECK_NOTHROW(plan_with([](Settings& s) { s.rate = 1; }));
    CHECK_THROWS_WITH(plan_with([](Settings& s) {
                          s.rate = 0.25;
                          s.weight_bits = 16;
                      }),
                      Contains("--rate") && Contains("0.25"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.weight_bits = 17; }),
                      Contains("17") && Contains("1 to 16"));
}

TEST_CASE("bm4's own schedule doubles evenly and fits the default counter", "[learning]") {
    for (int bits = 1; bits <= 16; ++bits)
        for (int epochs : {1, 2, 5, 20, 65}) {
            const std::vector<int> quorum = quorum_schedule(bits, epochs, 511);
            INFO(bits << " bits, " << epochs << " epochs");
            REQUIRE(quorum.size() == static_cast<std::size_t>(epochs));
            const int first = bits <= 2 ? 16 : std::max(1, 64 >> bits);
            CHECK(quorum.front() == first);
            if (epochs > 1) CHECK(quorum.back() == std::max(32, 16 * first));
            for (std::size_t e = 1; e < quorum.size(); ++e) {
                CHECK(quorum[e - 1] <= quorum[e]);
                if (epochs == 65) CHECK(quorum[e] <= 2 * quorum[e - 1]);
            }
            CHECK_NOTHROW(plan_with([&](Settings& s) {
                s.rule = "bm4";
                s.weight_bits = bits;
                s.epochs = epochs;
            }));
        }
}

TEST_CASE("a schedule of votes stays within a small counter", "[learning]") {
    for (const int bits : {2, 4, 10}) {
        const int top = top_count(bits);
        REQUIRE(quorum_schedule(1, 5, top) == std::vector{std::min(16, top), std::min(32, top),
                                                          std::min(64, top), std::min(128, top),
                                                          std::min(256, top)});
    }
    REQUIRE(top_count(16) == 32767);
}

TEST_CASE("settings that contradict each other are refused", "[learning]") {
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.concordance = 0.5; }), Contains("frsf-p"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.quorum = {4}; }), Contains("bm4"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) {
                          s.rule = "bm4";
                          s.counter_bits = 4;  // counts to 7
                          s.quorum = {8};
                      }),
                      Contains("--counter-bits"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) {
                          s.rule = "bm4";
                          s.quorum = {8, 512};
                      }),
                      Contains("512") && Contains("511") && Contains("--counter-bits"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) {
                          s.rule = "bm4";
                          s.quorum = {8};
                          s.decay = 0.01;
                      }),
                      Contains("--decay"));
    CHECK_NOTHROW(plan_with([](Settings& s) {
        s.rule = "bm4";
        s.quorum = {8, 511};
    }));
}

TEST_CASE("the options of counted votes are refused where they mean nothing", "[learning]") {
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.pulse_budget = 3; }),
                      Contains("--pulse-budget belongs to --rule bm4"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.counting = Counting::sampled; }),
                      Contains("--counting belongs to"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.counter_leak = 9; }),
                      Contains("--counter-leak"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.counter_share = 2; }),
                      Contains("--counter-share"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.at_bound = AtBound::spare; }),
                      Contains("--at-bound"));
    const auto votes = [](auto change) {
        return [change](Settings& s) {
            s.rule = "bm4";
            change(s);
        };
    };
    CHECK_THROWS_WITH(plan_with(votes([](Settings& s) {
                          s.pulse_budget = 3;
                          s.quorum = {8};
                      })),
                      Contains("--quorum exclude each other"));
    CHECK_THROWS_WITH(plan_with(votes([](Settings& s) {
                          s.pulse_budget = 3;
                          s.arithmetic = Arithmetic::floating;
                      })),
                      Contains("--arithmetic float"));
    CHECK_THROWS_WITH(plan_with(votes([](Settings& s) {
                          s.counting = Counting::sampled;
                          s.quorum = {32768};
                      })),
                      Contains("32767"));
    // What the counter does not hold is sampled.
    const Plan sampled = plan_with(votes([](Settings& s) {
        s.counting = Counting::sampled;
        s.counter_bits = 3;
        s.quorum = {8, 512};
    }));
    CHECK(sampled.quorum == std::vector{8, 512});
    const Plan own = plan_with(votes([](Settings& s) {
        s.counting = Counting::sampled;
        s.counter_bits = 3;
        s.weight_bits = 2;
        s.epochs = 3;
    }));
    CHECK(own.quorum == quorum_schedule(2, 3, 32767));
    const Plan budget = plan_with(votes([](Settings& s) { s.pulse_budget = 2.5; }));
    CHECK(budget.quorum.empty());
    CHECK(budget.pulse_budget == 2560);
}

TEST_CASE("factors are the nearest with a 15-bit mantissa", "[learning]") {
    for (const double x : {0.0, 1e-6, 0.0024 * 64 * 127, 0.3, 1.0, 2.0, 1000.7, 32766.4}) {
        const Factor f = factor_of(x);
        CHECK(f.mantissa >= 0);
        CHECK(f.mantissa < 32768);
        CHECK(f.shift >= 0);
        CHECK(f.shift <= 31);
        CHECK(std::ldexp(f.mantissa, -f.shift) == Approx(x).epsilon(1.0 / 16384).margin(1e-9));
    }
}
