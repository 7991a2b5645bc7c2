// A depthwise convolution is a convolution whose other synapses are 0: sums, deltas and gradients
// are the same to the last bit, for every width, stride, padding, instruction set and thread count.
#include <catch2/catch.hpp>

#include "array/target.hpp"
#include "base/format.hpp"
#include "crossbar/error.hpp"
#include "float/float_network.hpp"
#include "learning_testing.hpp"
#include "network/notation.hpp"

using namespace learning_testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t below = 0, tried = 1;  // the layers of a network

struct Bench {
    Plan plan;
    Threads threads;
    Compute compute;
    Network net;
    Workspace work;

    Bench(const std::string& text, const Shape& image, const Settings& settings,
          const Kernels& kernels = best_kernels(), int thread_count = 1)
        : plan(make_plan(settings)),
          threads(thread_count),
          compute{kernels, threads},
          net(make_network(text, image, 3, plan, kernels)),
          work(make_workspace(net, threads)) {}
    void run(const Dataset& data) { one_batch(net, plan, data, work, compute); }
};

// Of channel c and its element k in a dense layer's row.
std::size_t place(const Layer& layer, std::size_t c, std::size_t k) {
    const auto channels = static_cast<std::size_t>(layer.window.channels);
    return (c * static_cast<std::size_t>(layer.forward.inputs / layer.window.channels) + k) *
               channels +
           c;
}

// The dense layer's synapses are those of the depthwise one, and 0 between channels.
void spread(const Layer& from, Layer& to) {
    const auto kernel = static_cast<std::size_t>(from.forward.inputs);
    const auto each = [&](const auto& visit) {
        for (std::size_t i = 0; i < from.forward.size(); ++i)
            visit(i, place(to, i / kernel, i % kernel));
    };
    std::visit(
        [&](auto& levels) {
            using LevelsOf = std::remove_cvref_t<decltype(levels)>;
            const auto& own = std::get<LevelsOf>(from.forward.levels);
            std::fill(levels.begin(), levels.end(), typename LevelsOf::value_type{0});
            each([&](std::size_t i, std::size_t at) { levels[at] = own[i]; });
        },
        to.forward.levels);
    to.forward.exponent = from.forward.exponent;
    if (from.feedback.levels.empty()) return;
    std::fill(to.feedback.levels.begin(), to.feedback.levels.end(), std::int8_t{0});
    each([&](std::size_t i, std::size_t at) { to.feedback.levels[at] = from.feedback.levels[i]; });
}

std::vector<std::int8_t> values_of(const Tensor& t) {
    return {t.data.begin(), t.data.begin() + static_cast<std::ptrdiff_t>(t.size())};
}

void check_same(const Bench& own, const Bench& dense) {
    const LayerWorkspace &a = own.work.layers[tried], &b = dense.work.layers[tried];
    const std::size_t sums = own.work.count * own.net.layers[tried].positions() *
                             static_cast<std::size_t>(own.net.layers[tried].forward.outputs);
    REQUIRE(std::equal(a.sums.begin(), a.sums.begin() + static_cast<std::ptrdiff_t>(sums),
                       b.sums.begin()));
    REQUIRE(values_of(a.sum_delta) == values_of(b.sum_delta));
    REQUIRE(a.sum_delta.exponent == b.sum_delta.exponent);
    const Layer& layer = own.net.layers[tried];
    const auto kernel = static_cast<std::size_t>(layer.forward.inputs);
    for (std::size_t i = 0; i < layer.forward.size(); ++i)
        REQUIRE(a.gradient[i] ==
                b.gradient[place(dense.net.layers[tried], i / kernel, i % kernel)]);
    // What came through its synapses V.
    const LayerWorkspace &c = own.work.layers[below], &d = dense.work.layers[below];
    REQUIRE(values_of(c.sum_delta) == values_of(d.sum_delta));
    REQUIRE(c.sum_delta.exponent == d.sum_delta.exponent);
    for (std::size_t i = 0; i < own.net.layers[below].forward.size(); ++i)
        REQUIRE(c.gradient[i] == d.gradient[i]);
}

struct Form {
    int maps, kernel, stride, pad;
    Shape image;
};

std::string text_of(const Form& f, bool depthwise) {
    const std::string maps = depthwise ? "" : fmt::format("x{}", f.maps);
    return fmt::format("conv 1x1x{}, bn, relu, {} {}x{}{}/{} pad {}, bn, relu, fc 3", f.maps,
                       depthwise ? "dwconv" : "conv", f.kernel, f.kernel, maps, f.stride, f.pad);
}

// Both, of which the first is run on other machines.
void check_form(const Form& f, const Settings& settings, const Kernels& kernels, int threads,
                std::size_t images = 5) {
    CAPTURE(text_of(f, true), kernels.name, threads);
    const Dataset data = noise(f.image, 3, images);
    Bench own(text_of(f, true), f.image, settings, kernels, threads);
    Bench dense(text_of(f, false), f.image, settings);
    spread(own.net.layers[tried], dense.net.layers[tried]);
    // More inputs are stored more coarsely.
    own.net.layers[tried].sum_shift = dense.net.layers[tried].sum_shift;
    own.run(data);
    dense.run(data);
    check_same(own, dense);
}

const std::vector<Form> forms = {
    {1, 3, 1, 1, {6, 6, 2}},   {3, 3, 2, 1, {7, 5, 2}},  {17, 3, 1, 0, {5, 6, 1}},
    {4, 5, 1, 2, {5, 5, 3}},   {40, 2, 2, 0, {7, 8, 2}}, {5, 5, 3, 4, {8, 6, 2}},
    {33, 1, 2, 0, {5, 4, 2}},  {9, 4, 1, 3, {2, 3, 2}},  {6, 6, 1, 0, {6, 6, 2}},
    {20, 2, 3, 1, {1, 10, 2}}, {64, 3, 1, 1, {4, 4, 2}}, {7, 3, 5, 2, {9, 11, 1}},
};

}  // namespace

TEST_CASE("a depthwise convolution is a convolution without synapses between channels",
          "[depthwise]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const std::string scheme = GENERATE("sym", "frsf", "rndf");
    const auto rounding = GENERATE(Rounding::nearest, Rounding::stochastic);
    const int bits = GENERATE(3, 8);
    CAPTURE(static_cast<int>(bn), scheme, static_cast<int>(rounding), bits);
    Settings settings = settings_of("bm1", scheme, bn, bits);
    settings.error_rounding = rounding;
    int threads = 0;
    for (const Form& f : forms)
        check_form(f, settings, best_kernels(), threads++ % 3 + 1);
}

TEST_CASE("every instruction set and thread count has that of the dense convolution",
          "[depthwise]") {
    for (const Kernels* set : all_kernels()) {
        if (!set->available()) continue;
        for (const int threads : {1, 2, 3})
            for (const Form& f : forms)
                check_form(f, settings_of("sgd", "frsf"), *set, threads);
    }
}

TEST_CASE("wide synapses of a depthwise convolution are those of the dense one", "[depthwise]") {
    const int bits = GENERATE(9, 12, 16);
    const std::string scheme = GENERATE("sym", "brsf");
    // Shares of windows that are halved are rounded one by one in the dense layer: not these.
    for (const Form& f : {Form{14, 3, 1, 1, {6, 6, 2}}, Form{5, 5, 2, 2, {7, 8, 2}},
                          Form{1, 7, 1, 3, {5, 5, 2}}, Form{32, 2, 1, 1, {3, 4, 2}}})
        check_form(f, settings_of("bm1", scheme, BatchNormMode::plain, bits), best_kernels(), 2);
}

TEST_CASE("a depthwise gradient beyond int32 is that of the dense convolution", "[depthwise]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain);
    check_form({3, 3, 1, 1, {32, 32, 1}}, settings_of("bm1", "frsf", bn), best_kernels(), 3, 140);
}

// Where V is halved, one rounding: of what is summed exactly.
TEST_CASE("wide deltas below a large kernel are rounded once", "[depthwise]") {
    const Form f{2, 13, 1, 6, {9, 8, 2}};
    Bench own(text_of(f, true), f.image, settings_of("bm1", "sym", BatchNormMode::none, 16));
    const Layer& layer = own.net.layers[tried];
    own.run(noise(f.image, 3, 4));
    const auto& levels = std::get<std::vector<std::int16_t>>(layer.forward.levels);
    const Tensor& delta = own.work.layers[tried].sum_delta;
    const int shift = 30 - 29;  // 169 * 127 * 32512 has 30 bits
    std::vector<std::int64_t> exact;
    for (std::size_t n = 0; n < 4; ++n)
        for (int y = 0; y < 9; ++y)
            for (int x = 0; x < 8; ++x)
                for (int c = 0; c < 2; ++c) {
                    std::int64_t sum = 0;
                    for (int i = 0; i < 13; ++i)
                        for (int j = 0; j < 13; ++j) {
                            const int oy = y + 6 - i, ox = x + 6 - j;
                            if (oy < 0 || oy >= 9 || ox < 0 || ox >= 8) continue;
                            sum +=
                                std::int64_t{
                                    levels[static_cast<std::size_t>((c * 13 + i) * 13 + j)]} *
                                delta.at(n)[(oy * 8 + ox) * 2 + c];
                        }
                    exact.push_back((sum + 1) >> shift);
                }
    // Without normalisation what reaches the layer below is narrowed, masked by its relu, and kept.
    std::int64_t largest = 0;
    for (const std::int64_t e : exact)
        largest = std::max(largest, std::abs(e));
    int narrowing = 0;
    while (largest >> narrowing > 127)
        ++narrowing;
    const Tensor& reached = own.work.layers[below].sum_delta;
    const Tensor& shown = own.work.stages[1].out;  // of the relu
    REQUIRE(reached.size() == exact.size());
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const std::int64_t half = narrowing == 0 ? 0 : (1 << (narrowing - 1)) - (exact[i] < 0);
        const auto q = std::clamp<std::int64_t>((exact[i] + half) >> narrowing, -127, 127);
        REQUIRE(reached.data[i] == (shown.data[i] > 0 ? q : 0));
    }
}

TEST_CASE("a depthwise stage keeps its input's maps, and has a kernel for each", "[depthwise]") {
    const Network net = network_of("conv 1x1x5, dwconv 3x3/2 pad 1, bn, relu, fc 3", {7, 6, 2}, 3,
                                   make_plan(settings_of("bm1", "frsf")));
    const Layer& layer = net.layers[tried];
    REQUIRE((net.stages[1].out == Shape{4, 3, 5}));
    REQUIRE(layer.forward.outputs == 5);
    REQUIRE(layer.forward.inputs == 9);
    REQUIRE(layer.feedback.levels.size() == 45);
    REQUIRE(net.synapses() == 10 + 45 + 180);
    // As a read-out: each class has its own map.
    const Network last = network_of("conv 1x1x3, bn, relu, dwconv 6x6", {6, 6, 2}, 3,
                                    make_plan(settings_of("bm1", "frsf")));
    REQUIRE((last.stages.back().out == Shape{1, 1, 3}));
    REQUIRE_THROWS_WITH(network_of("dwconv 6x6", {6, 6, 2}, 3, Plan(make_plan({}))),
                        Contains("2 sums") || Contains("1x1x2"));
    REQUIRE_THROWS_WITH(parse_network("dwconv 3x3x5, fc 3"), Contains("as many maps as it reads"));
    REQUIRE_THROWS_WITH(parse_network("dwconv 0x0, fc 3"), Contains("at least 1"));
    REQUIRE_THROWS_WITH(parse_network("dwconv 3x3 pad 3, fc 3"), Contains("smaller than"));
}

TEST_CASE("tiles refuse depthwise convolutions by name", "[depthwise]") {
    const Settings settings = settings_of("bm1", "frsf");
    const char* text = "conv 1x1x5, bn, relu, dwconv 3x3 pad 1, bn, relu, fc 3";
    for (const char* change : {"tiles.rows=16", "feedback_tiles.adc_bits=6"}) {
        const Plan plan = make_plan(settings, load_target("ideal", change).hardware, 100);
        REQUIRE_THROWS_WITH(network_of(text, {6, 6, 2}, 3, plan),
                            Contains("dwconv 3x3 pad 1") && Contains("tiles"));
        REQUIRE_THROWS_WITH(make_float_network(text, {6, 6, 2}, 3, plan, best_kernels()),
                            Contains("dwconv 3x3 pad 1"));
    }
    REQUIRE_NOTHROW(
        network_of(text, {6, 6, 2}, 3, make_plan(settings, load_target("ecram").hardware, 100)));
}

TEST_CASE("networks with depthwise convolutions learn, by every rule", "[depthwise]") {
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    CAPTURE(rule);
    Settings settings = settings_of(rule, "frsf");
    settings.rate = rule == "sgd" ? 0.1 : 0.01;
    Bench bench(separable, small_input, settings);
    const Dataset data = pictures(small_input, 3, 64);
    Metrics metrics;
    for (std::uint64_t step = 1; step <= 60; ++step)
        metrics = train_step(bench.net, bench.plan, 0, step, data, first_n(64), bench.work,
                             bench.compute);
    CHECK(metrics.wrong < 16);  // by chance 43
}
