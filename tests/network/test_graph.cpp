// Networks that are no chain: how a text names stages, which buffer holds which delta, sums of
// activations and of deltas by hand and for every pair of levels, what it costs.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "analysis/cost.hpp"
#include "crossbar/error.hpp"
#include "learning_testing.hpp"
#include "network/notation.hpp"
#include "network/stage.hpp"

using namespace learning_testing;
using Catch::Matchers::Contains;

namespace {

// Two readers of a convolution: a relu, and the sum of both.
const std::string diamond = "conv 1x1x1 as a, relu, add a, fc 3";
enum DiamondStage : int { convolved, rectified, added };

struct GraphBench {
    Plan plan;
    Threads threads{2};
    Compute compute{best_kernels(), threads};
    Network net;
    Workspace work;

    explicit GraphBench(const std::string& text, const Shape& image, Settings settings = {})
        : plan(make_plan(settings)),
          net(network_of(text, image, 3, plan)),
          work(make_workspace(net, threads)) {
        work.count = work.whole_count = 1;
    }
    DeltaFormat format() const { return {127, plan.error_rounding, plan.seed, 1, false}; }
};

void put(Tensor& t, const Shape& shape, const std::vector<int>& values, int exponent) {
    t.resize(1, shape);
    t.exponent = exponent;
    std::copy(values.begin(), values.end(), t.data.begin());
}

std::vector<int> int_values(const Tensor& t) {
    return {t.data.begin(), t.data.begin() + static_cast<std::ptrdiff_t>(t.size())};
}

// The nearest integer, halves away from zero, within +-127.
int rounded(double x) {
    return static_cast<int>(std::clamp(std::round(x), -127.0, 127.0));
}

using Step = std::array<int, 5>;  // stage, input, from, to, sum
std::vector<Step> steps_of(const Network& net) {
    std::vector<Step> steps;
    for (const BackwardStep& s : plan_backward(net.stages).steps)
        steps.push_back({s.stage, s.input, s.from, s.to, s.sum});
    return steps;
}

}  // namespace

TEST_CASE("an add that cannot be says why", "[graph]") {
    const auto refuses = [](const std::string& text, const std::string& a, const std::string& b) {
        REQUIRE_THROWS_WITH(GraphBench(text, {6, 6, 2}), Contains(a) && Contains(b));
    };
    REQUIRE_NOTHROW(GraphBench("conv 3x3x4 pad 1, bn as a, relu, add a, fc 3", {6, 6, 2}));
    REQUIRE_NOTHROW(GraphBench("conv 3x3x4 pad 1 as a_1, add a_1, fc 3", {6, 6, 2}));
    refuses("conv 3x3x4 as a, relu, max 2x2/2, add a, fc 3", "4x4x4", "2x2x4");
    refuses("conv 3x3x4 as a, conv 1x1x5, add a, fc 3", "'add a'", "4x4x4");
    refuses("relu as a, add b, fc 3", "'add b'", "relu as b");
    refuses("add a, relu as a, fc 3", "'add a'", "no stage before it");
    refuses("relu as a, relu as a, add a, fc 3", "'relu as a'", "already");
    refuses("relu as a, fc 3", "'relu as a'", "no stage adds or reads a");
    refuses("conv 3x3x4 as a, bn, relu, add a, fc 3", "conv 3x3x4 as a", "bn as a");
    refuses("relu as 1, add 1, fc 3", "'relu as 1'", "not understood");
    refuses("relu as abcdefghijklmnopqrstu, fc 3", "abcdefghijklmnopqrstu", "not understood");
    refuses("relu, add, fc 3", "'add'", "not understood");
    refuses("relu as a, add a", "'add a'", "logits");
}

TEST_CASE("a stage reads the one that it names; nothing is read in vain", "[graph]") {
    const auto refuses = [](const std::string& text, const std::string& a, const std::string& b) {
        REQUIRE_THROWS_WITH(GraphBench(text, {6, 6, 2}), Contains(a) && Contains(b));
    };
    const Network net =
        GraphBench("relu as a, conv 3x3x2 pad 1 as b, conv 1x1x2 from a, bn, add b, fc 3",
                   {6, 6, 2})
            .net;
    REQUIRE(net.stages[2].inputs == std::vector{0});
    REQUIRE(net.stages[3].inputs == std::vector{2, 1});
    refuses("relu as a, conv 3x3x2, conv 1x1x2 from a, fc 3", "'conv 3x3x2'", "no stage reads");
    refuses("conv 3x3x2, bn from a, fc 3", "'bn'", "right after");
    refuses("conv 1x1x2 from a, fc 3", "conv 1x1x2 from a", "no stage before it is named a");
    // A name that was read may be given again; the last counts.
    const Network again =
        GraphBench("relu as a, relu, add a as a, relu, add a, fc 3", {6, 6, 2}).net;
    REQUIRE(again.stages[4].inputs == std::vector{3, 2});
    refuses("relu as a, relu as a, add a, fc 3", "'relu as a'", "nothing reads that");
}

TEST_CASE("repeats are what they stand for", "[graph]") {
    const auto stages = [](const std::string& text) {
        std::string all;
        for (const StageSpec& stage : parse_network(text))
            all += stage.text + ";";
        return all;
    };
    REQUIRE(stages("3 x [fc 5, relu], fc 3") == "fc 5;relu;fc 5;relu;fc 5;relu;fc 3;");
    REQUIRE(stages("2x[ fc 5 , 2 x [relu]],fc 3") == "fc 5;relu;relu;fc 5;relu;relu;fc 3;");
    for (const char* text : {"3 x fc 5, fc 3", "x [relu], fc 3", "0 x [relu], fc 3",
                             "3 x [relu, fc 3", "3 x relu], fc 3", "3 x [relu] fc 5, fc 3",
                             "3 x [], fc 3", "[relu], fc 3", "999 x [999 x [relu]], fc 3"})
        CHECK_THROWS_AS(parse_network(text), crossbar::Error);
    std::string nested = "relu";
    for (int i = 0; i < 12; ++i)
        nested = "1 x [" + nested + "]";
    CHECK_THROWS_WITH(parse_network(nested + ", fc 3"), Contains("eight deep"));
}

// The unit of a sum grows with the maps that are added up in it.
TEST_CASE("sums of many maps stay in range", "[graph]") {
    GraphBench bench(
        "conv 1x1x4 as a, relu, add a as b, add b as c, add c as d, add d, add a, fc 3", {3, 3, 2});
    const Dataset data = noise({3, 3, 2}, 3, 4);
    one_batch(bench.net, bench.plan, data, bench.work, bench.compute);
    const std::vector<int> terms = {1, 1, 2, 4, 8, 16, 17, 1}, raises = {0, 0, 0, 1, 0, 1, 0, 0};
    REQUIRE(bench.net.stages.size() == terms.size());
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const Stage& stage = bench.net.stages[i];
        CHECK(stage.terms == terms[i]);
        CHECK(stage.raise == raises[i]);
        if (stage.kind != StageKind::add) continue;
        const Tensor &a = bench.work.output(stage.inputs[0]),
                     &b = bench.work.output(stage.inputs[1]), &out = bench.work.stages[i].out;
        CHECK(out.exponent == std::max(a.exponent, b.exponent) + stage.raise);
        for (std::size_t v = 0; v < out.size(); ++v) {
            const double sum = std::ldexp(a.data[v], a.exponent - out.exponent) +
                               std::ldexp(b.data[v], b.exponent - out.exponent);
            REQUIRE(out.data[v] == std::clamp(std::round(sum), -127.0, 127.0));
        }
    }
    // A residual network in the notation of its paper: nine sums.
    const Network deeper =
        GraphBench(
            "conv 1x1x2, bn, relu as a, 9 x [conv 1x1x2, bn, add a, relu as a], conv 1x1x2, bn, "
            "add a, fc 3",
            {3, 3, 2})
            .net;
    std::vector<int> at;  // terms where the unit grows
    for (const Stage& stage : deeper.stages)
        if (stage.raise > 0) at.push_back(stage.terms);
    CHECK(at == std::vector<int>{3, 10});
}

TEST_CASE("a shortcut shows pixels by its stride, and zeros beyond its input's maps", "[graph]") {
    GraphBench bench("shortcut 3/2, fc 3", {5, 4, 2});
    REQUIRE((bench.net.stages[0].out == Shape{3, 2, 3}));
    const Dataset data = noise({5, 4, 2}, 3, 4);
    one_batch(bench.net, bench.plan, data, bench.work, bench.compute);
    const Tensor &in = bench.work.input, &out = bench.work.stages[0].out;
    for (std::size_t n = 0; n < 4; ++n)
        for (std::size_t y = 0; y < 3; ++y)
            for (std::size_t x = 0; x < 2; ++x)
                for (std::size_t c = 0; c < 3; ++c)
                    REQUIRE(out.at(n)[(y * 2 + x) * 3 + c] ==
                            (c < 2 ? in.at(n)[(2 * y * 4 + 2 * x) * 2 + c] : 0));
    const auto refuses = [](const std::string& text, const std::string& why) {
        REQUIRE_THROWS_WITH(GraphBench(text, {6, 6, 2}), Contains(why));
    };
    refuses("shortcut 1/2, fc 3", "has 2 maps");
    refuses("shortcut 4/0, fc 3", "stride must be at least 1");
    refuses("shortcut, fc 3", "not understood");
    REQUIRE_THROWS_WITH(GraphBench("avg all, fc 3", {6, 5, 2}), Contains("6x5"));
    REQUIRE_THROWS_WITH(GraphBench("avg all, fc 3", {16, 16, 2}), Contains("at most 15x15"));
    REQUIRE((GraphBench("avg all, fc 3", {6, 6, 2}).net.stages[0].out == Shape{1, 1, 2}));
}

TEST_CASE("a chain takes two buffers of deltas at most, and adds nothing", "[graph]") {
    for (const std::string& text : {every_stage, std::string("relu, relu, fc 3")}) {
        const GraphBench bench(text, small_input);
        const BackwardPlan& plan = bench.work.backward;
        REQUIRE(plan.buffers.size() <= 2);
        for (const BackwardStep& step : plan.steps)
            REQUIRE(step.sum == -1);
    }
}

TEST_CASE("deltas are where the plan by hand has them", "[graph]") {
    const Network net = GraphBench(diamond, {1, 4, 1}).net;
    REQUIRE(net.stages[added].inputs == std::vector{int{rectified}, int{convolved}});
    REQUIRE(steps_of(net) == std::vector<Step>{{3, added, -1, 0, -1},
                                               {added, rectified, 0, 1, -1},
                                               {added, convolved, 0, 0, -1},
                                               {rectified, convolved, 1, 1, 0},
                                               {convolved, -1, 0, -1, -1}});
    // What reads the image and does not learn gets none, nor does what stands below all learning.
    Settings last;
    last.train_layers = TrainLayers::last;
    REQUIRE(steps_of(GraphBench(diamond, {1, 4, 1}, last).net) ==
            std::vector<Step>{{3, -1, -1, -1, -1}});
    // One stage, read twice by another.
    const Network twice = GraphBench("conv 1x1x1 as a, add a, fc 3", {1, 4, 1}).net;
    REQUIRE(steps_of(twice) ==
            std::vector<Step>{
                {2, 1, -1, 0, -1}, {1, 0, 0, 1, -1}, {1, 0, 0, 0, 1}, {0, -1, 1, -1, -1}});
}

// No buffer is written while another delta waits in it, and each is as large as what it holds.
TEST_CASE("no delta is overwritten before it is read", "[graph]") {
    for (const std::string& text :
         {every_stage, residual, deep, separable, diamond + std::string()}) {
        const Network net = GraphBench(text, text == diamond ? Shape{1, 4, 1} : small_input).net;
        const BackwardPlan plan = plan_backward(net.stages);
        std::map<int, int> holds;  // buffer: the stage whose delta it is
        std::set<std::pair<int, int>> edges;
        for (const BackwardStep& s : plan.steps) {
            const auto stage = static_cast<std::size_t>(s.stage);
            if (stage + 1 < net.stages.size()) REQUIRE(holds.at(s.from) == s.stage);
            if (s.to < 0) continue;
            edges.emplace(s.stage, s.input);
            const std::size_t size = net.stages[static_cast<std::size_t>(s.input)].out.size();
            REQUIRE(plan.buffers[static_cast<std::size_t>(s.to)] >= size);
            if (s.sum >= 0) REQUIRE(holds.at(s.sum) == s.input);
            // What `to` held is over: that of this stage, or of one above it.
            if (holds.count(s.to) == 1) REQUIRE(holds[s.to] >= s.stage);
            if (s.to != s.from && holds.count(s.to) == 1) REQUIRE(holds[s.to] > s.stage);
            holds[s.to] = s.sum < 0 ? s.input : static_cast<int>(net.stages.size());
        }
        std::size_t wanted = 0;
        for (const Stage& stage : net.stages)
            for (const int input : stage.inputs)
                wanted += input >= 0;
        REQUIRE(edges.size() == wanted);
    }
}

TEST_CASE("activations are added with one rounding, and saturate", "[graph]") {
    GraphBench bench(diamond, {1, 6, 1});
    const Shape shape{1, 6, 1};
    const auto sums = [&](const std::vector<int>& a, int a_exponent, const std::vector<int>& b,
                          int b_exponent) {
        put(bench.work.stages[rectified].out, shape, a, a_exponent);
        put(bench.work.stages[convolved].out, shape, b, b_exponent);
        forward_stage(bench.net, added, bench.work, bench.compute);
        REQUIRE(bench.work.stages[added].out.exponent == std::max(a_exponent, b_exponent));
        return int_values(bench.work.stages[added].out);
    };
    using V = std::vector<int>;
    REQUIRE(sums({1, 100, -100, 127, 0, 5}, -5, {2, 27, -28, -127, 0, -7}, -5) ==
            V{3, 127, -127, 0, 0, -2});
    // b counts half: 1 + 1, 10 + 1.5, -10 - 1.5, 10 - 1.5, 127 + 63.5, 0 + 0.5.
    REQUIRE(sums({1, 10, -10, 10, 127, 0}, -4, {2, 3, -3, -3, 127, 1}, -5) ==
            V{2, 12, -12, 9, 127, 1});
    // An eighth, whichever of them it is.
    REQUIRE(sums({4, -4, 3, 127, 1, 0}, -8, {0, 0, -1, 100, 100, -127}, -5) ==
            V{1, -1, -1, 116, 100, -127});
    REQUIRE(sums({127, -127, 127, 0, 1, -1}, -40, {0, 0, -1, 100, 100, -127}, -5) ==
            V{0, 0, -1, 100, 100, -127});
}

TEST_CASE("every pair of activations is added to the nearest level", "[graph]") {
    const Shape shape{255, 255, 1};
    GraphBench bench(diamond, shape);
    std::vector<int> rows, columns;
    for (int a = -127; a <= 127; ++a)
        for (int b = -127; b <= 127; ++b) {
            rows.push_back(a);
            columns.push_back(b);
        }
    for (int shift = 0; shift <= 10; ++shift) {
        put(bench.work.stages[rectified].out, shape, rows, shift - 3);
        put(bench.work.stages[convolved].out, shape, columns, -3);
        forward_stage(bench.net, added, bench.work, bench.compute);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < rows.size(); ++i)
            wrong += bench.work.stages[added].out.data[i] !=
                     rounded(rows[i] + std::ldexp(columns[i], -shift));
        CAPTURE(shift);
        REQUIRE(wrong == 0);
    }
}

TEST_CASE("few bits of activations saturate at their own top", "[graph]") {
    Settings settings;
    settings.activation_bits = 4;
    GraphBench bench(diamond, {1, 2, 1}, settings);
    put(bench.work.stages[rectified].out, {1, 2, 1}, {5, 3}, -1);
    put(bench.work.stages[convolved].out, {1, 2, 1}, {4, 4}, -1);
    forward_stage(bench.net, added, bench.work, bench.compute);
    REQUIRE(int_values(bench.work.stages[added].out) == std::vector{7, 7});
}

TEST_CASE("deltas of two readers are what they are by hand", "[graph]") {
    const Shape shape{1, 4, 1};
    GraphBench bench(diamond, shape);
    Workspace& work = bench.work;
    put(work.stages[convolved].out, shape, {9, -3, 3, -1}, -5);
    put(work.stages[rectified].out, shape, {5, 0, 3, 0}, -3);
    put(work.stages[added].out, shape, {7, -1, 4, 0}, -3);
    put(work.deltas[0], shape, {64, -32, 7, 127}, -10);
    const auto step = [&](std::size_t n) {
        backward_step(bench.net, n, bench.format(), work, bench.compute);
    };
    step(1);  // to the relu: levels of the same unit
    REQUIRE(int_values(work.deltas[1]) == std::vector{64, -32, 7, 127});
    REQUIRE(work.deltas[1].exponent == -10);
    step(2);  // to the convolution: its levels are a quarter of the sum's
    REQUIRE(int_values(work.deltas[0]) == std::vector{64, -32, 7, 127});
    REQUIRE(work.deltas[0].exponent == -12);
    // Through the relu {64, 0, 7, 0} quarters remain; with the other {320, -32, 35, 127} * 2^-12,
    // which two bits are dropped of: 80, -8, 8.75, 31.75.
    step(3);
    REQUIRE(int_values(work.deltas[0]) == std::vector{80, -8, 9, 32});
    REQUIRE(work.deltas[0].exponent == -10);
}

TEST_CASE("a sum of deltas is the nearest that eight bits hold", "[graph]") {
    const Shape shape{1, 4, 1};
    for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic})
        for (int apart = -24; apart <= 24; ++apart) {
            Settings settings;
            settings.error_rounding = rounding;
            GraphBench bench(diamond, shape, settings);
            Workspace& work = bench.work;
            put(work.stages[convolved].out, shape, {1, 1, 1, 1}, 0);
            put(work.stages[rectified].out, shape, {1, 1, 1, 1}, 0);
            const std::vector<int> a = {100, -77, 3, 0}, b = {90, 61, -2, 127};
            put(work.deltas[1], shape, a, apart);
            put(work.deltas[0], shape, b, 0);
            backward_step(bench.net, 3, bench.format(), work, bench.compute);
            const Tensor& sum = work.deltas[0];
            // The largest level has its seventh bit, so that the unit is no coarser than needed.
            double largest = 0;
            for (std::size_t i = 0; i < 4; ++i)
                largest = std::max(largest, std::abs(std::ldexp(a[i], apart) + b[i]));
            const double unit = std::ldexp(1.0, sum.exponent);
            CAPTURE(apart, sum.exponent);
            REQUIRE(127.5 * unit >= largest);
            REQUIRE(63.5 * unit <= largest);
            const double most = rounding == Rounding::nearest ? 0.501 : 1.001;
            for (std::size_t i = 0; i < 4; ++i)
                REQUIRE(std::abs(sum.data[i] - (std::ldexp(a[i], apart) + b[i]) / unit) <= most);
        }
}

TEST_CASE("a delta of zeros leaves the other as it is, whatever its exponent", "[graph]") {
    const Shape shape{1, 4, 1};
    for (const int exponent : {-60, -3, 0, 5, 60})
        for (const bool first : {false, true}) {
            GraphBench bench(diamond, shape);
            Workspace& work = bench.work;
            put(work.stages[rectified].out, shape, {1, 1, 1, 1}, 0);
            put(work.deltas[1], shape, first ? std::vector{0, 0, 0, 0} : std::vector{64, -3, 0, 1},
                first ? exponent : 0);
            put(work.deltas[0], shape, first ? std::vector{64, -3, 0, 1} : std::vector{0, 0, 0, 0},
                first ? 0 : exponent);
            backward_step(bench.net, 3, bench.format(), work, bench.compute);
            CAPTURE(exponent, first);
            for (std::size_t i = 0; i < 4; ++i)
                REQUIRE(std::ldexp(work.deltas[0].data[i], work.deltas[0].exponent) ==
                        std::vector{64, -3, 0, 1}[i]);
        }
}

TEST_CASE("an add costs an addition per value, and a delta that meets another one too", "[graph]") {
    Hardware hardware;
    hardware.cost = CostFigures{};
    const auto digital = [&](const std::string& text) {
        const Plan plan = make_plan(settings_of("bm1", "frsf"));
        const Network net = network_of(text, {6, 6, 4}, 3, plan);
        const Cost cost = cost_of(net, plan, hardware, 10, 1);
        return std::pair{cost.inference.back().events, cost.training.back().events};
    };
    const auto chain = digital("conv 3x3x4 pad 1, relu, fc 3");
    const auto block = digital("conv 3x3x4 pad 1 as a, relu, add a, fc 3");
    REQUIRE(block.first - chain.first == 6 * 6 * 4);
    REQUIRE(block.second - chain.second == 2 * 6 * 6 * 4);
}
