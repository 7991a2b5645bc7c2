// Statistics taken anew before a test: they are the means of those of batches drawn from all of the
// training images, with the weights as they are, and training does not notice.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "float/float_layer.hpp"
#include "float/float_network.hpp"
#include "learning_testing.hpp"
#include "training/bn_calibration.hpp"
#include "training/run.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

constexpr int epochs = 3;

Settings settings_with(int bn_images, int batch = 8) {
    Settings s = settings_of("bm1", "frsf");
    s.rate = 0.05;  // pulses are a large part of the range
    s.epochs = epochs;
    s.batch = batch;
    s.bn_images = bn_images;
    return s;
}

struct Trained {
    Network net;
    Progress progress;
};

Trained trained(const Settings& settings, const Kernels& kernels, int thread_count) {
    Threads threads(thread_count);
    const Plan plan = make_plan(settings);
    const TaskData data{pictures(small_input, 3, 44), pictures(small_input, 3, 20, 2), {}, {}};
    Trained t{make_network(every_stage, small_input, 3, plan, kernels), {}};
    REQUIRE(run(t.net, plan, data, t.progress, {}, {kernels, threads}) == RunEnd::finished);
    return t;
}

}  // namespace

TEST_CASE("statistics are taken from whole batches of all images", "[statistics]") {
    const auto count = [](int wanted, int batch, std::size_t train_images) {
        const Plan plan = make_plan(settings_with(wanted, batch));
        const auto images = statistics_images(plan, train_images);
        CHECK(std::set(images.begin(), images.end()).size() == images.size());
        CHECK(std::all_of(images.begin(), images.end(), [&](auto i) { return i < train_images; }));
        return images.size();
    };
    CHECK(count(20, 10, 100) == 20);
    CHECK(count(29, 10, 100) == 20);
    CHECK(count(1, 10, 100) == 10);    // at least one batch
    CHECK(count(1000, 10, 95) == 90);  // as many as there are
    CHECK(count(5, 100, 40) == 40);    // a batch of all
    CHECK(count(5, 100, 1) == 1);
    // Images are often stored class after class: the first ones would be of one class.
    const auto drawn = statistics_images(make_plan(settings_with(20, 10)), 1000);
    CHECK(*std::max_element(drawn.begin(), drawn.end()) > 500);
}

TEST_CASE("taken statistics are the mean of the batches'", "[statistics]") {
    const int batch = GENERATE(1, 7, 8);
    CAPTURE(batch);
    const Plan plan = make_plan(settings_with(24, batch));
    const Dataset data = pictures(small_input, 3, 44);
    Threads threads(2);
    const Compute compute{best_kernels(), threads};
    Network net = network_of(every_stage, small_input, 3, plan);
    Workspace work = make_workspace(net, threads);
    const Network before = net;
    calibrate_bn(net, plan, data, work, compute);
    // The same by hand, in double.
    const auto images = statistics_images(plan, data.count());
    const auto size = static_cast<std::size_t>(batch);
    const auto batches = static_cast<double>(images.size() / size);
    for (std::size_t l = 0; l + 1 < net.layers.size(); ++l) {
        const Statistics& got = net.layers[l].norm.tested;
        CHECK(net.layers[l].forward.levels == before.layers[l].forward.levels);
        std::vector<double> mean(got.mean.size()), variance(got.mean.size());
        for (std::size_t first = 0; first < images.size(); first += size) {
            load_batch(before, data, std::span(images).subspan(first, size), work, compute);
            pack_network(before, false, work, compute);
            forward(before, work, compute);
            for (std::size_t c = 0; c < mean.size(); ++c) {
                mean[c] += static_cast<double>(work.layers[l].statistics.mean[c]) / batches;
                variance[c] += static_cast<double>(work.layers[l].statistics.variance[c]) / batches;
            }
        }
        // Each of the steps to the mean is rounded.
        for (std::size_t c = 0; c < mean.size(); ++c) {
            CHECK(std::abs(static_cast<double>(got.mean[c]) - mean[c]) <= batches);
            CHECK(std::abs(static_cast<double>(got.variance[c]) - variance[c]) <= batches);
        }
    }
}

TEST_CASE("from one batch of all images, a test is what training sees", "[statistics]") {
    const Plan plan = make_plan(settings_with(44, 44));
    const Dataset data = pictures(small_input, 3, 44);
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    Network net = network_of(every_stage, small_input, 3, plan);
    Workspace work = make_workspace(net, threads);
    calibrate_bn(net, plan, data, work, compute);
    load_batch(net, data, first_n(44), work, compute);
    forward(net, work, compute);
    const auto seen = loss_only(read_out(net, work), work, compute);
    const auto tested = evaluate(net, data, work, compute).metrics;
    CHECK(tested.loss == seen.loss);
    CHECK(tested.wrong == seen.wrong);
}

TEST_CASE("training does not notice that statistics were taken", "[statistics]") {
    const Trained without = trained(settings_with(0), best_kernels(), 1);
    const Trained with = trained(settings_with(40), best_kernels(), 1);
    bool differs = false;
    for (std::size_t l = 0; l < with.net.layers.size(); ++l) {
        CHECK(with.net.layers[l].forward.levels == without.net.layers[l].forward.levels);
        CHECK(with.net.layers[l].trace.sign == without.net.layers[l].trace.sign);
        CHECK(with.net.layers[l].norm.running.mean == without.net.layers[l].norm.running.mean);
        differs |= with.net.layers[l].norm.tested.mean != without.net.layers[l].norm.tested.mean;
    }
    CHECK(differs);
    CHECK(signature(with.net) == signature(without.net));
    for (std::size_t e = 0; e < epochs; ++e)
        CHECK(with.progress.history[e].train.loss == without.progress.history[e].train.loss);
    // With rates of twenty levels the statistics of the last batches are of other networks.
    CHECK(with.progress.history.back().test.loss < without.progress.history.back().test.loss);
}

TEST_CASE("taken statistics are the same on every machine", "[statistics]") {
    const Trained expected = trained(settings_with(40), *find_kernels("reference"), 1);
    for (const Kernels* set : all_kernels())
        for (const int threads : {1, 2, 3})
            if (set->available()) {
                INFO(set->name << " with " << threads << " threads");
                const Trained got = trained(settings_with(40), *set, threads);
                CHECK(signature(got.net) == signature(expected.net));
                for (std::size_t l = 0; l < got.net.layers.size(); ++l) {
                    const Statistics &a = got.net.layers[l].norm.tested,
                                     &b = expected.net.layers[l].norm.tested;
                    CHECK(a.mean == b.mean);
                    CHECK(a.variance == b.variance);
                }
                for (std::size_t e = 0; e < epochs; ++e)
                    CHECK(got.progress.history[e].test.loss ==
                          expected.progress.history[e].test.loss);
            }
}

TEST_CASE("a batch that is learnt makes taken statistics those of training", "[statistics]") {
    const Plan plan = make_plan(settings_with(24));
    const Dataset data = pictures(small_input, 3, 44);
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    Network net = network_of(every_stage, small_input, 3, plan);
    Workspace work = make_workspace(net, threads);
    calibrate_bn(net, plan, data, work, compute);
    CHECK(net.layers[0].norm.tested.mean != net.layers[0].norm.running.mean);
    train_step(net, plan, 0, 1, data, first_n(8), work, compute);
    CHECK(net.layers[0].norm.tested.mean == net.layers[0].norm.running.mean);
    CHECK(net.layers[0].norm.tested.variance == net.layers[0].norm.running.variance);
}

TEST_CASE("the float baseline takes statistics as well", "[statistics]") {
    Settings settings = settings_with(24);
    settings.arithmetic = Arithmetic::floating;
    const Plan plan = make_plan(settings);
    const Dataset data = pictures(small_input, 3, 44);
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    FloatNetwork net = make_float_network(every_stage, small_input, 3, plan, best_kernels());
    FloatWorkspace work = make_float_workspace(net, threads.count());
    float_calibrate_bn(net, plan, data, work, compute);
    const auto images = statistics_images(plan, data.count());
    REQUIRE(images.size() == 24);
    std::vector<double> mean(net.layers[0].norm.tested.mean.size());
    for (std::size_t first = 0; first < 24; first += 8) {
        float_load(net, data, std::span(images).subspan(first, 8), work, threads);
        float_forward(net, Mode::train, work, threads);
        for (std::size_t c = 0; c < mean.size(); ++c)
            mean[c] += double{work.layers[0].mean[c]} / 3;
    }
    for (std::size_t c = 0; c < mean.size(); ++c)
        CHECK(net.layers[0].norm.tested.mean[c] == Approx(mean[c]).epsilon(1e-5));
}
