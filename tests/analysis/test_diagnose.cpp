// The diagnosis of feedback: what it must say in cases whose answer is known, and that it leaves
// training alone.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>

#include "analysis/diagnose.hpp"
#include "base/replace_file.hpp"
#include "integer_oracle.hpp"
#include "learning_testing.hpp"
#include "training/checkpoint.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

struct Trained {
    Plan plan;
    Network network;
};

// Twenty steps of training, diagnosed after each where `watched`.
Trained trained(const Settings& settings, bool watched = false) {
    const Plan plan = make_plan(settings);
    Network net = network_of(every_stage, small_input, 3, plan);
    Threads threads(2);
    const Compute compute{best_kernels(), threads};
    const Dataset data = pictures(small_input, 3, 64);
    Workspace work = make_workspace(net, threads);
    for (std::uint64_t step = 1; step <= 20; ++step) {
        const std::vector<std::uint32_t> images = first_n(8);
        train_step(net, plan, 0, step, data, images, work, compute);
        if (watched) diagnose(net, plan, data, compute);
    }
    return {plan, std::move(net)};
}

std::vector<LayerDiagnosis> diagnosed(const Trained& t) {
    Threads threads(2);
    return diagnose(t.network, t.plan, pictures(small_input, 3, 64), {best_kernels(), threads});
}

// Degrees between two gradients of an oracle.
double angle_between(const oracle::Numbers& a, const oracle::Numbers& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return std::acos(std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0)) * 180 / std::numbers::pi;
}

// The same network with V = W.
FloatNetwork with_own_weights(FloatNetwork net) {
    for (FloatLayer& layer : net.layers)
        layer.feedback.clear();
    return net;
}

}  // namespace

TEST_CASE("diagnosis: with V = W every angle is 0 and every sign agrees") {
    for (const LayerDiagnosis& d : diagnosed(trained(settings_of("bm1", "sym")))) {
        CHECK(d.angle >= 0);
        CHECK(d.angle < 1e-4);
        CHECK(d.gradient_signs.counted > 0);
        CHECK(d.gradient_signs.agree == d.gradient_signs.counted);
        CHECK(d.synapse_signs.agree == d.synapse_signs.counted);
    }
}

TEST_CASE("diagnosis: the last layer's gradient passes no feedback synapse") {
    for (const char* feedback : {"frsf", "brsf", "rndf", "usf"}) {
        const std::vector<LayerDiagnosis> layers = diagnosed(trained(settings_of("bm1", feedback)));
        CHECK(layers.back().angle < 1e-4);
        CHECK(layers.front().angle > 1);
    }
}

TEST_CASE("diagnosis: concordant signs point near the true gradient, opposite ones away from it") {
    Settings opposite = settings_of("bm1", "frsf-p");
    opposite.concordance = 0;
    const std::vector<LayerDiagnosis> near = diagnosed(trained(settings_of("bm1", "frsf")));
    const std::vector<LayerDiagnosis> far = diagnosed(trained(opposite));
    // One feedback array away from the errors of the last layer.
    const std::size_t below = near.size() - 2;
    CHECK(near[below].angle < 75);
    CHECK(far[below].angle > 105);
    CHECK(near[below].gradient_signs.agree * 2 > near[below].gradient_signs.counted);
    CHECK(far[below].gradient_signs.agree * 2 < far[below].gradient_signs.counted);
    CHECK(near[below].synapse_signs.agree == near[below].synapse_signs.counted);
    CHECK(far[below].synapse_signs.agree == 0);
}

TEST_CASE("diagnosis: a layer that does not learn has no angle") {
    Settings clamped = settings_of("bm1", "frsf");
    clamped.train_layers = TrainLayers::last;
    const std::vector<LayerDiagnosis> layers = diagnosed(trained(clamped));
    CHECK(layers.front().angle < 0);
    CHECK(layers.front().gradient_signs.counted == 0);
    CHECK(layers.front().synapse_signs.counted > 0);
    CHECK(layers.back().angle >= 0);
}

TEST_CASE("diagnosis: training goes on as if nobody had looked") {
    for (const char* rule : {"bm1", "bm3", "bm4", "sgd"})
        for (const char* feedback : {"frsf", "brsf-p"}) {
            Settings settings = settings_of(rule, feedback);
            settings.error_rounding = Rounding::stochastic;
            CHECK(signature(trained(settings, true).network) ==
                  signature(trained(settings, false).network));
        }
}

TEST_CASE("diagnosis: 16-bit synapses and the float baseline") {
    for (const LayerDiagnosis& d :
         diagnosed(trained(settings_of("bm1", "sym", BatchNormMode::plain, 16))))
        CHECK(d.angle < 1e-4);
    Threads threads(2);
    const Compute compute{best_kernels(), threads};
    const Dataset data = pictures(small_input, 3, 64);
    for (const char* feedback : {"sym", "frsf"}) {
        const Plan plan = make_plan(settings_of("sgd", feedback));
        const FloatNetwork net =
            make_float_network(every_stage, small_input, 3, plan, best_kernels());
        const std::vector<LayerDiagnosis> layers = diagnose(net, data, compute);
        REQUIRE(layers.size() == 4);
        CHECK((layers.front().angle < 1e-3) == (feedback == std::string("sym")));
        CHECK(layers.back().angle < 1e-3);
    }
}

TEST_CASE("diagnosis: below sums floats have the angles of gradients by direct loops") {
    const std::string text = GENERATE(residual, deep);
    const std::string feedback = GENERATE("frsf", "usf", "rndf");
    CAPTURE(text, feedback);
    const Dataset data = pictures(small_input, 3, 40);
    Threads threads(2);
    const Plan plan = make_plan(settings_of("sgd", feedback));
    const FloatNetwork net = make_float_network(text, small_input, 3, plan, best_kernels());
    const std::vector<LayerDiagnosis> layers = diagnose(net, data, {best_kernels(), threads});
    oracle::Numbers images;
    for (const std::uint8_t pixel : data.pixels)
        images.push_back(pixel / 255.0);
    const FloatNetwork twin = with_own_weights(net);
    const auto by_feedback = oracle::Net(net, oracle::parameters_of(net)).run(images, data.labels);
    const auto by_weights = oracle::Net(twin, oracle::parameters_of(twin)).run(images, data.labels);
    REQUIRE(layers.size() == net.layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        CAPTURE(i);
        const double expected =
            angle_between(by_feedback.gradient[i].weights, by_weights.gradient[i].weights);
        CHECK(std::abs(layers[i].angle - expected) < 0.2);
    }
}

TEST_CASE("diagnosis: below sums integers have the exact angles but for their 8-bit errors") {
    const std::string text = GENERATE(residual, deep);
    const std::string feedback = GENERATE("frsf", "usf", "rndf");
    CAPTURE(text, feedback);
    const Dataset data = pictures(small_input, 3, 64);
    Settings settings = settings_of("sgd", feedback);
    settings.error_rounding = Rounding::stochastic;
    IntegerBench bench(settings, text);
    bench.train(data, 3);
    const std::vector<LayerDiagnosis> layers = diagnose(bench.net, bench.plan, data, bench.compute);
    one_batch(bench.net, bench.plan, data, bench.work, bench.compute);
    const FloatNetwork net = same_weights(bench, text);
    const oracle::Trained by_feedback = exact_way_back(bench, net);
    const oracle::Trained by_weights = exact_way_back(bench, with_own_weights(net));
    double farthest = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        CAPTURE(i);
        const double expected =
            angle_between(by_feedback.gradient[i].weights, by_weights.gradient[i].weights);
        CHECK(std::abs(layers[i].angle - expected) < 6);
        farthest = std::max(farthest, expected);
    }
    CHECK(farthest > 20);
}

TEST_CASE("diagnosis: below sums, with V = W every angle is 0") {
    const std::string text = GENERATE(residual, deep);
    IntegerBench bench(settings_of("bm1", "sym"), text);
    const Dataset data = pictures(small_input, 3, 64);
    bench.train(data, 3);
    for (const LayerDiagnosis& d : diagnose(bench.net, bench.plan, data, bench.compute)) {
        CHECK(d.angle >= 0);
        CHECK(d.angle < 1e-4);
    }
}

TEST_CASE("diagnosis: the scale of V counts below sums alone") {
    const Dataset data = pictures(small_input, 3, 64);
    for (const std::string& text : {every_stage, residual, deep}) {
        CAPTURE(text);
        for (const std::string scheme : {"usf", "frsf", "brsf"}) {
            IntegerBench plain(settings_of("bm1", scheme), text),
                scaled(settings_of("bm1", "n" + scheme), text);
            const auto a = diagnose(plain.net, plain.plan, data, plain.compute);
            const auto b = diagnose(scaled.net, scaled.plan, data, scaled.compute);
            bool same = true;
            for (std::size_t i = 0; i < a.size(); ++i)
                same = same && a[i].angle == b[i].angle;
            CHECK(same == (text == every_stage));
            plain.train(data, 3);
            scaled.train(data, 3);
            CHECK((signature(plain.net) == signature(scaled.net)) == (text == every_stage));
        }
    }
}

TEST_CASE("diagnosis: the sample is a part of the training images, each once") {
    std::vector<std::uint32_t> images = diagnosis_sample(3000);
    CHECK(images.size() == 500);
    std::sort(images.begin(), images.end());
    CHECK(std::adjacent_find(images.begin(), images.end()) == images.end());
    CHECK(images.back() < 3000);
    CHECK(diagnosis_sample(7).size() == 7);
}

TEST_CASE("diagnosis: a checkpoint keeps it") {
    const Trained t = trained(settings_of("bm1", "frsf"));
    Progress progress;
    progress.epoch = 2;
    progress.history = {{1, {}, {}, 0.5, 7, diagnosed(t)}, {2, {}, {}, 0.5, 7, {}}};
    const std::string path =
        (std::filesystem::temp_directory_path() / "crossbar_diagnosis.ckpt").string();
    replace_file(path, checkpoint_of("settings", progress, t.network));
    const Progress back = load_checkpoint(path).progress;
    std::remove(path.c_str());
    REQUIRE(back.history.size() == 2);
    REQUIRE(back.history[0].layers.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        const LayerDiagnosis &a = progress.history[0].layers[i], &b = back.history[0].layers[i];
        CHECK(a.angle == b.angle);
        CHECK(a.gradient_signs.agree == b.gradient_signs.agree);
        CHECK(a.synapse_signs.counted == b.synapse_signs.counted);
    }
    CHECK(back.history[1].layers.empty());
}
