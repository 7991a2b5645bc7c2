// What holds after any number of updates, for every rule, width and feedback scheme.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "base/fixed.hpp"
#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

constexpr std::size_t synapses = 200;  // 20 x 10

// A layer whose gradients are made up.
struct Driven {
    Plan plan;
    Threads threads;
    Compute compute;
    Network net;
    Workspace work;
    std::mt19937 source{11};
    std::uint64_t step = 0;

    explicit Driven(const Settings& settings)
        : plan(make_plan(settings)),
          threads(1),
          compute{best_kernels(), threads},
          net(network_of("fc 10", {1, 1, 20}, 10, plan)),
          work(make_workspace(net, threads)) {
        work.count = work.whole_count = 1;
        LayerWorkspace& lp = work.layers[0];
        lp.gradient.assign(synapses + read_slack, 0);
        lp.sum_delta.exponent = net.layers[0].forward.exponent * 2 - 8;
    }

    SynapseArray& array() { return net.layers[0].forward; }
    FeedbackArray& feedback() { return net.layers[0].feedback; }
    int level(std::size_t i) { return level_at(array(), i); }

    // Gradients -1000..1000, and now and then 0 or extreme; a third of the synapses pull one way.
    void draw_gradients() {
        for (std::size_t i = 0; i < synapses; ++i) {
            const auto draw = source();
            std::int32_t g = static_cast<std::int32_t>(draw % 2001) - 1000;
            if (draw % 31 == 0) g = 0;
            if (draw % 37 == 0) g = draw % 2 == 0 ? 2147483647 : -2147483647;
            work.layers[0].gradient[i] = i % 3 == 0 ? std::abs(g) : g;
        }
    }

    void update_once() { update(net, plan, 0, ++step, work, compute); }
};

Settings driven(const std::string& rule, const std::string& scheme, int bits) {
    Settings s = settings_of(rule, scheme, BatchNormMode::none, bits);
    s.readout_rate = 1;  // the one layer is the last
    s.rate = rule == "sgd" ? 0.1 : bits > 12 ? 0.01 : 0.05;
    return s;
}

// Checks one update's moves against the levels before it and the pulses sent; true if all is well.
bool consistent(Driven& d, const std::vector<int>& before, std::uint64_t pulses, bool binary) {
    const int top = top_synapse_level(d.plan.weight_bits);
    std::uint64_t moved = 0;
    bool at_bound = false;
    for (std::size_t i = 0; i < synapses; ++i) {
        const int now = d.level(i);
        if (now < -top || now > top || (binary && now == 0)) return false;
        moved += static_cast<std::uint64_t>(std::abs(now - before[i])) / (binary ? 2 : 1);
        at_bound = at_bound || now == top || now == -top;
    }
    return at_bound ? moved <= pulses : moved == pulses;
}

}  // namespace

TEST_CASE("levels stay in range and pulses add up under any gradients", "[learning]") {
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    const int bits = GENERATE(1, 2, 3, 4, 8, 9, 12, 16);
    const auto rounding = GENERATE(Rounding::stochastic, Rounding::nearest);
    CAPTURE(rule, bits, static_cast<int>(rounding));
    Settings settings = driven(rule, "frsf", bits);
    settings.update_rounding = rounding;
    settings.decay = rule == "bm4" ? 0 : bits % 2 == 0 ? 1 : 0.001;
    Driven d(settings);
    std::vector<int> before(synapses);
    int bad = 0;
    std::uint64_t moves = 0;
    for (int k = 0; k < 500; ++k) {  // times 200 synapses: 1e5 updates
        for (std::size_t i = 0; i < synapses; ++i)
            before[i] = d.level(i);
        const std::uint64_t pulses = d.array().pulses;
        d.draw_gradients();
        d.update_once();
        bad += consistent(d, before, d.array().pulses - pulses, bits == 1) ? 0 : 1;
        for (std::size_t i = 0; i < synapses; ++i)
            moves += before[i] != d.level(i) ? 1u : 0u;
    }
    CHECK(bad == 0);
    // To the nearest, less than half a level never moves.
    if (rounding == Rounding::stochastic) CHECK(moves > 0);
}

TEST_CASE("feedback follows the signs of W, and nothing else of it", "[learning]") {
    const std::string scheme = GENERATE("usf", "nusf", "brsf", "frsf", "nfrsf", "rndf");
    const int bits = GENERATE(1, 2, 8, 12);
    const auto of_zero = GENERATE(SignOfZero::keep, SignOfZero::zero);
    CAPTURE(scheme, bits, static_cast<int>(of_zero));
    Settings settings = driven("bm1", scheme, bits);
    settings.sign_of_zero = of_zero;
    settings.feedback_bits = 6;
    Driven d(settings);
    const std::vector<std::int8_t> first = d.feedback().levels;
    int wrong = 0, changed = 0, zeros = 0;
    for (int k = 0; k < 200; ++k) {
        const std::vector<std::int8_t> before = d.feedback().levels;
        d.draw_gradients();
        d.update_once();
        Slices slices;
        effective_slices(d.feedback(), d.array(), slices);
        for (std::size_t i = 0; i < synapses; ++i) {
            const int w = d.level(i), v = d.feedback().levels[i];
            if (scheme != "rndf") wrong += v == 0 || std::abs(v) > 31 || w * v < 0;
            if (scheme == "usf" || scheme == "nusf") wrong += std::abs(v) != 31;
            if (scheme == "frsf" || scheme == "nfrsf") wrong += std::abs(v) != std::abs(first[i]);
            if (scheme == "rndf") wrong += v != first[i];
            // Where W is 0 the sign stays as it was.
            if (scheme != "rndf" && w == 0) wrong += (v < 0) != (before[i] < 0);
            changed += std::abs(v) != std::abs(before[i]);
            const bool hidden = w == 0 && of_zero == SignOfZero::zero && scheme != "rndf";
            wrong += slices.low[i] != (hidden ? 0 : v);
            zeros += w == 0;
        }
    }
    CHECK(wrong == 0);
    CHECK((changed > 20000) == (scheme == "brsf"));  // of 40000
    if (bits <= 2) CHECK((zeros == 0) == (bits == 1));
    const Concordance c = concordance_of(d.feedback(), d.array());
    CHECK(c.counted > 100);
    if (scheme != "rndf") CHECK(c.agree == c.counted);
}

TEST_CASE("of two or three states signs and zeros are W itself, up to one factor", "[learning]") {
    const std::string scheme = GENERATE("usf", "nusf"), rule = GENERATE("bm1", "bm4");
    const int bits = GENERATE(1, 2);
    CAPTURE(scheme, rule, bits);
    Settings settings = driven(rule, scheme, bits);
    settings.sign_of_zero = SignOfZero::zero;
    Driven d(settings);
    const int top = top_level(settings.feedback_bits);
    int wrong = 0;
    for (int k = 0; k < 100; ++k) {
        d.draw_gradients();
        d.update_once();
        Slices slices;
        effective_slices(d.feedback(), d.array(), slices);
        for (std::size_t i = 0; i < synapses; ++i)
            wrong += slices.low[i] != top * d.level(i);
    }
    CHECK(wrong == 0);
}

TEST_CASE("feedback that gets pulses starts with signs and size of W", "[learning]") {
    const int bits = GENERATE(1, 2, 3, 8);
    const double p = GENERATE(0.0, 0.25, 1.0);
    CAPTURE(bits, p);
    Settings settings = settings_of("bm1", "kp", BatchNormMode::none, bits);
    settings.concordance = p;
    const Network net = network_of("fc 100", {1, 1, 100}, 100, make_plan(settings));
    const SynapseArray &w = net.layers[0].forward, &v = *net.layers[0].feedback.pulsed;
    const Concordance c = concordance_of(net.layers[0].feedback, w);
    CHECK(static_cast<double>(c.agree) / static_cast<double>(c.counted) ==
          Approx(p).margin(p == 0 || p == 1 ? 0 : 0.05));
    double of_weights = 0, of_feedback = 0, alike = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
        of_weights += level_at(w, i) * level_at(w, i);
        of_feedback += level_at(v, i) * level_at(v, i);
        alike += std::abs(level_at(w, i)) == std::abs(level_at(v, i));
    }
    // Of levels 0 and 1, none of V is 0.
    CHECK(std::sqrt(of_feedback / of_weights) > 0.9);
    CHECK(std::sqrt(of_feedback / of_weights) < (bits == 2 ? 2 : bits == 3 ? 1.6 : 1.1));
    if (bits == 8) CHECK(alike < 300);  // no magnitude of 10,000 is known
    CHECK(v.exponent == feedback_exponent(net.layers[0].feedback, w));
}

TEST_CASE("feedback that gets the pulses of W comes nearer to it, and at last meets it",
          "[learning]") {
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    const int bits = GENERATE(1, 2, 3, 8);
    CAPTURE(rule, bits);
    Settings settings = driven(rule, "kp", bits);
    settings.concordance = 0.5;
    if (rule == "bm4") settings.quorum = {1};
    Driven d(settings);
    settings.concordance = 1;
    settings.feedback = "frsf";
    Driven other(settings);  // W does not know what V does
    const SynapseArray& v = *d.feedback().pulsed;
    const int top = top_synapse_level(bits);
    const auto apart = [&](std::size_t i) { return d.level(i) - level_at(v, i); };
    std::vector<int> before(synapses);
    int wrong = 0;
    std::size_t met = 0;
    for (int k = 0; k < 3000; ++k) {
        for (std::size_t i = 0; i < synapses; ++i)
            before[i] = apart(i);
        d.draw_gradients();
        d.update_once();
        other.draw_gradients();
        other.update_once();
        wrong += d.array().levels != other.array().levels;
        wrong += d.array().pulses != other.array().pulses;
        met = 0;
        for (std::size_t i = 0; i < synapses; ++i) {
            // Bounds alone change how far apart they are, and only to less.
            const bool bound = std::abs(d.level(i)) == top || std::abs(level_at(v, i)) == top;
            wrong += bound ? std::abs(apart(i)) > std::abs(before[i]) : apart(i) != before[i];
            wrong += std::abs(level_at(v, i)) > top || (bits == 1 && level_at(v, i) == 0);
            met += apart(i) == 0;
        }
    }
    CHECK(wrong == 0);
    // By one level in a batch, there and back, the way from bound to bound is long; a third of the
    // synapses are pulled one way.
    CHECK(met > (rule == "bm4" && bits == 8 ? synapses / 3 : synapses * 9 / 10));
    CHECK(v.pulses == d.array().pulses);
    Slices slices;
    effective_slices(d.feedback(), d.array(), slices);
    for (std::size_t i = 0; i < synapses; ++i)
        wrong += slices.low[i] != level_at(v, i);
    CHECK(wrong == 0);
}

TEST_CASE("feedback that gets pulses is refused where it cannot", "[learning]") {
    Settings wide = settings_of("bm1", "kp", BatchNormMode::none, 12);
    REQUIRE_THROWS_WITH(make_plan(wide), Catch::Contains("at most 8 bits"));
    Hardware copies;
    copies.feedback_device = FeedbackSpec{};
    REQUIRE_THROWS_WITH(make_plan(settings_of("bm1", "kp"), copies),
                        Catch::Contains("[feedback_device] of the target"));
}

TEST_CASE("a gain per layer brings V to the size of W, to the nearest power of two", "[learning]") {
    const std::string scheme = GENERATE("nusf", "nbrsf", "nfrsf");
    const int bits = GENERATE(1, 2, 4, 8, 12), feedback_bits = GENERATE(5, 8);
    CAPTURE(scheme, bits, feedback_bits);
    Settings settings = driven("bm1", scheme, bits);
    settings.feedback_bits = feedback_bits;
    Driven d(settings);
    for (int k = 0; k < 40; ++k) {
        double of_weights = 0, of_feedback = 0;
        for (std::size_t i = 0; i < synapses; ++i) {
            of_weights += d.level(i) * d.level(i);
            of_feedback += d.feedback().levels[i] * d.feedback().levels[i];
        }
        const double ratio =
            std::sqrt(of_feedback / of_weights) *
            std::ldexp(1.0, feedback_exponent(d.feedback(), d.array()) - d.array().exponent);
        CHECK(ratio > 0.6);  // 2/3 and 4/3, and what 200 synapses and the highest level are off by
        CHECK(ratio < 1.5);
        d.draw_gradients();
        d.update_once();
    }
}

TEST_CASE("partial concordance is the share that was asked for", "[learning]") {
    const std::string scheme = GENERATE("frsf-p", "brsf-p");
    const double p = GENERATE(0.0, 0.25, 0.5, 0.75, 1.0);
    const int bits = GENERATE(1, 2, 8);
    CAPTURE(scheme, p, bits);
    Settings settings = driven("bm1", scheme, bits);
    settings.concordance = p;
    const Plan plan = make_plan(settings);
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    Network net = network_of("fc 100", {1, 1, 100}, 100, plan);
    Workspace work = make_workspace(net, threads);
    work.count = work.whole_count = 1;
    std::mt19937 source(5);
    const std::vector<std::int8_t> mask = net.layers[0].feedback.mask;
    for (std::uint64_t step = 0; step <= 20; ++step) {
        if (step > 0) {
            work.layers[0].gradient.resize(10000 + read_slack);
            for (std::int32_t& g : work.layers[0].gradient)
                g = static_cast<std::int32_t>(source() % 5) - 2;
            update(net, plan, 0, step, work, compute);
        }
        const Concordance c = concordance_of(net.layers[0].feedback, net.layers[0].forward);
        REQUIRE(c.counted > 1000);
        const double share = static_cast<double>(c.agree) / static_cast<double>(c.counted);
        CHECK(share == Approx(p).margin(p == 0 || p == 1 ? 0 : 0.05));
    }
    CHECK((net.layers[0].feedback.mask == mask) == (scheme == "frsf-p" || p == 0 || p == 1));
}

TEST_CASE("bm4: one sign for a quorum of batches is one pulse", "[learning]") {
    const int bits = GENERATE(1, 2, 8, 12);
    const int quorum = GENERATE(1, 2, 7, 100);
    CAPTURE(bits, quorum);
    Settings settings = driven("bm4", "frsf", bits);
    settings.quorum = {quorum};
    settings.counter_bits = 8;
    Driven d(settings);
    std::visit(
        [](auto& levels) {
            std::fill(levels.begin(), levels.end(),
                      typename std::decay_t<decltype(levels)>::value_type{-1});
        },
        d.array().levels);
    d.work.layers[0].gradient[7] = -5;  // votes for more
    for (int k = 1; k <= 3 * quorum; ++k) {
        d.update_once();
        const int pulses = k / quorum;
        CHECK(d.array().pulses == static_cast<std::uint64_t>(pulses));
        CHECK(d.level(7) == std::min(top_synapse_level(bits), -1 + pulses * (bits == 1 ? 2 : 1)));
    }
    // Votes that cancel move nothing.
    for (int k = 0; k < 50; ++k) {
        d.work.layers[0].gradient[7] = k % 2 == 0 ? 3 : -9;
        d.update_once();
    }
    CHECK((quorum == 1 || d.array().pulses == 3));
}

TEST_CASE("the expected move of a rule is its rate in units of the largest level", "[learning]") {
    const std::string rule = GENERATE("bm1", "bm2", "bm3");
    const int bits = GENERATE(2, 8, 12, 16);
    CAPTURE(rule, bits);
    Settings settings = settings_of(rule, "frsf", BatchNormMode::none, bits);
    settings.rate = 0.002;
    settings.readout_rate = 1;  // the one layer is the last
    settings.momentum = rule == "bm1" ? 0.9 : 0;
    Driven d(settings);
    std::visit(
        [](auto& levels) {
            std::fill(levels.begin(), levels.end(),
                      typename std::decay_t<decltype(levels)>::value_type{0});
        },
        d.array().levels);
    std::fill(d.work.layers[0].gradient.begin(), d.work.layers[0].gradient.end(), 1);
    for (int k = 0; k < 40; ++k)
        d.update_once();
    double mean = 0;
    for (std::size_t i = 0; i < synapses; ++i)
        mean += d.level(i) / double{synapses};
    // bm1: the sum over 40 batches of (1 - 0.9^t) / 0.1.
    const double units = rule == "bm1" ? 311.3 : 40;
    const double expected = -0.002 * units * top_synapse_level(bits);
    // Two bits can only be at 0 or at a bound, which they do not leave again.
    const double chance = bits == 2 ? 0.4 : 0.02;
    CHECK(mean == Approx(expected).epsilon(chance));
}
