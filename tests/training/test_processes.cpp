// Any number of processes comes to the signature of one: every rule, normalisation, width and kind
// of array, batches that do not divide and processes without an image; tests and statistics too.
#include <algorithm>
#include <catch2/catch.hpp>

#include "array/target.hpp"
#include "learning_testing.hpp"
#include "process_group.hpp"
#include "training/bn_calibration.hpp"
#include "training/run.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

struct LearningOutcome {
    std::uint64_t signature = 0;
    Metrics train{}, test{};
    std::vector<std::uint64_t> confusion;

    bool operator==(const LearningOutcome& o) const {
        const auto same = [](const Metrics& a, const Metrics& b) {
            return a.images == b.images && a.wrong == b.wrong && a.loss == b.loss;
        };
        return signature == o.signature && same(train, o.train) && same(test, o.test) &&
               confusion == o.confusion;
    }
};

struct Case {
    Settings settings;
    Hardware hardware = {};
    std::string network = every_stage;
    std::size_t batch = 5, steps = 3;
};

// A few batches, statistics and a test as the member of `processes`.
LearningOutcome train_as(Processes* processes, int thread_count, const Case& c,
                         const Dataset& data) {
    Settings settings = c.settings;
    settings.batch = static_cast<int>(c.batch);
    const Plan plan = make_plan(settings, c.hardware, data.count());
    Threads threads(thread_count);
    const Compute compute{best_kernels(), threads, processes};
    Network net = network_of(c.network, data.shape, data.classes, plan);
    Workspace work = make_workspace(net, threads);
    const std::vector<std::uint32_t> images = first_n(data.count());
    LearningOutcome outcome;
    for (std::size_t step = 0; step < c.steps; ++step)
        outcome.train +=
            train_step(net, plan, 0, step + 1, data,
                       std::span(images).subspan(step * c.batch, c.batch), work, compute);
    calibrate_bn(net, plan, data, work, compute);
    const Evaluation test = evaluate(net, data, work, compute);
    outcome.signature = signature(net);
    outcome.test = test.metrics;
    outcome.confusion = test.confusion;
    return outcome;
}

void check_every_count(const Case& c, const Dataset& data, const std::vector<int>& counts) {
    const LearningOutcome alone = train_as(nullptr, 1, c, data);
    for (const int count : counts)
        for (const int threads : {1, 2}) {
            std::vector<LearningOutcome> outcomes(static_cast<std::size_t>(count));
            process_group::run(count, [&](Processes* processes) {
                const auto rank = static_cast<std::size_t>(processes ? processes->rank() : 0);
                outcomes[rank] = train_as(processes, threads, c, data);
            });
            for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
                INFO("process " << rank << " of " << count << " with " << threads << " threads");
                CHECK(outcomes[rank] == alone);
            }
        }
}

}  // namespace

TEST_CASE("any number of processes comes to one signature", "[processes]") {
    const std::string rule = GENERATE("sgd", "bm1", "bm2", "bm3", "bm4");
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain, BatchNormMode::affine);
    const auto rounding = GENERATE(Rounding::nearest, Rounding::stochastic);
    CAPTURE(rule, static_cast<int>(bn), static_cast<int>(rounding));
    const int bits = rule == "bm4" ? 2 : rule == "sgd" ? 12 : 8;
    Case c{settings_of(rule, bits == 8 ? "brsf" : "sym", bn, bits)};
    c.settings.error_rounding = rounding;
    c.settings.bn_images = bn == BatchNormMode::none ? 0 : 12;
    c.network = rule == "bm1" ? residual : rule == "sgd" ? deep : every_stage;
    if (rule == "bm2") c.network = separable;
    // More than one batch of a test.
    check_every_count(c, noise(small_input, 3, 450), {2, 3, 5, 7});
}

TEST_CASE("processes share devices, tiles and converters", "[processes]") {
    const std::string target =
        GENERATE("pcm", "array128", "reram_sb", "analog_io", "ecram", "cell_2bit");
    const std::string rule = GENERATE("bm1", "bm4", "sgd");
    CAPTURE(target, rule);
    Case c{settings_of(rule, "frsf")};
    c.hardware = load_target(target).hardware;
    if (rule == "sgd" && (target == "cell_2bit" || target == "reram_sb")) return;
    check_every_count(c, noise(small_input, 3, 210), {2, 3, 7});
}

TEST_CASE("processes share ranges of feedback arrays alone", "[processes]") {
    Case c{settings_of("bm1", "frsf")};
    c.hardware = load_target("ideal", "feedback_tiles.adc_bits=5").hardware;
    check_every_count(c, noise(small_input, 3, 210), {2, 3});
}

TEST_CASE("batches whose sums pass int32 are shared", "[processes]") {
    Case c{settings_of(GENERATE("bm1", "sgd"), "frsf")};
    c.network = GENERATE("conv 3x3x4 pad 1, bn, relu, fc 3", "dwconv 3x3 pad 1, bn, relu, fc 3");
    c.batch = 140;
    c.steps = 2;
    check_every_count(c, noise(Shape{32, 32, 1}, 3, 280), {2, 3});
}

TEST_CASE("processes augment an image alike, whoever has it", "[processes][augment]") {
    Case c{settings_of(GENERATE("bm1", "sgd"), "frsf")};
    c.settings.augment_crop = 2;
    c.settings.augment_flip = true;
    c.settings.augment_cutout = 3;
    c.settings.augment_rotate = 15;
    c.settings.augment_shift = 0.1;
    const Dataset data = noise(small_input, 3, 30);
    check_every_count(c, data, {2, 3, 7});
    const LearningOutcome seen = train_as(nullptr, 1, c, data);
    c.settings.augment_rotate = 0;
    CHECK(train_as(nullptr, 1, c, data).signature != seen.signature);
}
