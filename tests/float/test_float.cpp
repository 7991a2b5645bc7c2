// The float baseline against direct loops in double and against central differences; its steps,
// schemes and runs. It is the control that the integer path is measured by.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "float/float_network.hpp"
#include "float/float_products.hpp"
#include "float_oracle.hpp"
#include "learning_testing.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

struct FloatBench {
    Plan plan;
    Threads threads;
    Compute compute;
    FloatNetwork net;
    FloatWorkspace work;

    explicit FloatBench(const Settings& settings, int thread_count = 1,
                        const std::string& text = every_stage)
        : plan(make_plan(settings)),
          threads(thread_count),
          compute{best_kernels(), threads},
          net(make_float_network(text, small_input, 3, plan, best_kernels())),
          work(make_float_workspace(net, threads.count())) {}

    void forward_and_back(const Dataset& data) {
        float_load(net, data, first_n(data.count()), work, threads);
        float_forward(net, Mode::train, work, threads);
        float_backward(net, work, threads);
    }
};

oracle::Numbers inputs_of(const Dataset& data) {
    oracle::Numbers images;
    for (const std::uint8_t pixel : data.pixels)
        images.push_back(pixel / 255.0);
    return images;
}

// Learnt scales and shifts away from 1 and 0, one of them negative.
void stir(FloatNetwork& net) {
    for (FloatLayer& layer : net.layers)
        for (std::size_t c = 0; c < layer.norm.scale.size(); ++c) {
            layer.norm.scale[c] = c == 1 ? -0.7f : 1.0f + 0.1f * static_cast<float>(c);
            layer.norm.shift[c] = 0.2f - 0.07f * static_cast<float>(c);
        }
}

template <typename A, typename B>
double worst_difference(const A& a, const B& b) {
    REQUIRE(a.size() == b.size());
    double largest = 1e-3, worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(double{b[i]}));
        worst = std::max(worst, std::abs(double{a[i]} - double{b[i]}));
    }
    return worst / largest;
}

void check_gradients(const FloatBench& bench, const std::vector<oracle::Parameters>& expected,
                     double tolerance) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("layer " << i);
        const FloatLayerWorkspace& lp = bench.work.layers[i];
        CHECK(worst_difference(lp.gradient, expected[i].weights) < tolerance);
        if (bench.net.layers[i].norm.mode != BatchNormMode::affine) continue;
        CHECK(worst_difference(lp.scale_gradient, expected[i].scale) < tolerance);
        CHECK(worst_difference(lp.shift_gradient, expected[i].shift) < tolerance);
    }
}

// Central differences of the loss in every parameter.
std::vector<oracle::Parameters> differences(const FloatNetwork& net, const Dataset& data) {
    std::vector<oracle::Parameters> parameters = oracle::parameters_of(net), result = parameters;
    const oracle::Numbers images = inputs_of(data);
    const auto loss = [&] { return oracle::Net(net, parameters).run(images, data.labels).loss; };
    constexpr double step = 1e-6;
    for (std::size_t layer = 0; layer < parameters.size(); ++layer)
        for (auto member :
             {&oracle::Parameters::weights, &oracle::Parameters::scale, &oracle::Parameters::shift})
            for (std::size_t i = 0; i < (parameters[layer].*member).size(); ++i) {
                double& x = (parameters[layer].*member)[i];
                const double before = x;
                x = before + step;
                const double above = loss();
                x = before - step;
                (result[layer].*member)[i] = (above - loss()) / (2 * step);
                x = before;
            }
    return result;
}

}  // namespace

TEST_CASE("float gradients agree with direct loops and central differences", "[float]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const std::string text = GENERATE(every_stage, residual, deep, separable);
    CAPTURE(static_cast<int>(bn), text);
    FloatBench bench(settings_of("sgd", "sym", bn), 1, text);
    if (bn == BatchNormMode::affine) stir(bench.net);
    const Dataset data = noise(small_input, 3, 5);
    bench.forward_and_back(data);
    oracle::Net direct(bench.net, oracle::parameters_of(bench.net));
    check_gradients(bench, direct.run(inputs_of(data), data.labels).gradient, 2e-5);
    // In the deep one steps of differences cross a relu's corner.
    if (text != deep) check_gradients(bench, differences(bench.net, data), 1e-4);
}

TEST_CASE("float errors pass through the feedback synapses of every scheme", "[float]") {
    for (const FeedbackScheme& scheme : feedback_schemes()) {
        INFO(scheme.name);
        Settings settings = settings_of("sgd", scheme.name);
        if (scheme.masked) settings.concordance = 0.7;
        FloatBench bench(settings);
        const Dataset data = noise(small_input, 3, 5);
        bench.forward_and_back(data);
        oracle::Net direct(bench.net, oracle::parameters_of(bench.net));
        check_gradients(bench, direct.run(inputs_of(data), data.labels).gradient, 2e-5);
    }
}

TEST_CASE("the loss and the errors counted are those of the logits", "[float]") {
    FloatBench bench(settings_of("sgd", "sym", BatchNormMode::affine));
    const Dataset data = noise(small_input, 3, 40);
    float_load(bench.net, data, first_n(40), bench.work, bench.threads);
    float_forward(bench.net, Mode::train, bench.work, bench.threads);
    const Metrics metrics = float_backward(bench.net, bench.work, bench.threads);
    oracle::Net direct(bench.net, oracle::parameters_of(bench.net));
    const double loss = direct.run(inputs_of(data), data.labels).loss;
    CHECK(metrics.images == 40);
    CHECK(static_cast<double>(metrics.loss) / 65536 == Approx(loss).epsilon(1e-4));
    std::uint64_t wrong = 0;
    for (std::size_t i = 0; i < 40; ++i) {
        const float* z = bench.work.layers.back().sums.data() + 3 * i;
        wrong += std::max_element(z, z + 3) - z != data.labels[i] ? 1u : 0u;
    }
    CHECK(metrics.wrong == wrong);
}

TEST_CASE("running statistics follow a batch by a sixteenth and serve evaluation", "[float]") {
    FloatBench bench(settings_of("bm1", "frsf"));
    const Dataset data = noise(small_input, 3, 24);
    bench.forward_and_back(data);
    float_update(bench.net, bench.plan, 0, 1, bench.work, bench.compute);
    const FloatNorm first = bench.net.layers[1].norm;
    CHECK(first.running.mean == bench.work.layers[1].mean);
    CHECK(first.running.variance == bench.work.layers[1].variance);
    bench.forward_and_back(data);
    float_update(bench.net, bench.plan, 0, 2, bench.work, bench.compute);
    const FloatNorm& second = bench.net.layers[1].norm;
    for (std::size_t c = 0; c < second.running.mean.size(); ++c) {
        const float batch = bench.work.layers[1].mean[c];
        const float before = first.running.mean[c];
        CHECK(second.running.mean[c] == Approx(before + (batch - before) / 16));
        CHECK(second.tested.mean[c] == second.running.mean[c]);
    }
    const FloatNetwork before = bench.net;
    const Evaluation e = float_evaluate(bench.net, data, bench.work, bench.compute);
    CHECK(e.metrics.images == 24);
    CHECK(signature(bench.net) == signature(before));
    std::uint64_t all = 0, right = 0;
    for (std::size_t i = 0; i < 9; ++i)
        all += e.confusion[i];
    for (std::size_t i = 0; i < 3; ++i)
        right += e.confusion[4 * i];
    CHECK(all == 24);
    CHECK(right + e.metrics.wrong == 24);
}

TEST_CASE("float runs do not depend on threads or on where they are cut", "[float]") {
    const TaskData data{noise(small_input, 3, 50), noise(small_input, 3, 20, 2), "synthetic", ""};
    Settings settings = settings_of("bm1", "brsf-p", BatchNormMode::affine);
    settings.concordance = 0.8;
    settings.epochs = 2;
    settings.momentum = 0.5;
    const std::string text = GENERATE(every_stage, residual, deep, separable);
    const auto signature_of = [&](int threads, std::uint64_t cut) {
        FloatBench bench(settings, threads, text);
        Progress progress;
        Callbacks callbacks;
        callbacks.stop = [&] { return progress.step == cut; };
        while (float_run(bench.net, bench.plan, data, progress, callbacks, bench.compute) !=
               RunEnd::finished)
            callbacks.stop = {};
        CHECK(progress.step == 14);
        CHECK(progress.history.size() == 2);
        CHECK(progress.history[1].train.images == 50);
        CHECK(progress.history[1].test.images == 20);
        return signature(bench.net);
    };
    const std::uint64_t expected = signature_of(1, 0);
    for (const int threads : {1, 2, 3, 4, 7})
        CHECK(signature_of(threads, 0) == expected);
    for (const std::uint64_t cut : {1, 3, 7, 12})
        CHECK(signature_of(2, cut) == expected);
}

TEST_CASE("the products of all instruction sets agree", "[float]") {
    const std::vector<const FloatProducts*> sets = float_products_here();
    REQUIRE(sets.back() == &float_products_base);
    std::mt19937 source(3);
    std::normal_distribution<float> normal;
    for (const std::ptrdiff_t m : {1, 2, 7, 33})
        for (const std::ptrdiff_t n : {1, 3, 16, 41})
            for (const std::ptrdiff_t depth : {1, 5, 64, 301}) {
                std::vector<float> a(static_cast<std::size_t>(m * depth)),
                    b(static_cast<std::size_t>(n * depth));
                for (float& x : a)
                    x = normal(source);
                for (float& x : b)
                    x = normal(source);
                std::vector<std::array<std::vector<float>, 3>> sums(sets.size());
                for (std::size_t k = 0; k < sets.size(); ++k) {
                    for (auto& c : sums[k])
                        c.assign(static_cast<std::size_t>(m * n), 0.0f);
                    const FloatProducts& p = *sets[k];
                    p.rows_rows(sums[k][0].data(), n, {a.data(), depth}, {b.data(), depth}, m, n,
                                depth);
                    p.rows_columns(sums[k][1].data(), n, {a.data(), depth}, {b.data(), n}, m, n,
                                   depth);
                    p.columns_columns(sums[k][2].data(), n, {a.data(), m}, {b.data(), n}, m, n,
                                      depth);
                }
                for (std::size_t k = 0; k < sets.size(); ++k)
                    for (std::size_t form = 0; form < 3; ++form)
                        CHECK(worst_difference(sums[k][form], sums.back()[form]) < 1e-4);
            }
}
