// The loss's errors of a network without batch normalisation: rounded so that those of an image
// still sum to zero.
#include <catch2/catch.hpp>
#include <cmath>

#include "learning_testing.hpp"
#include "network/loss.hpp"

using namespace crossbar;
using namespace learning_testing;

namespace {

struct Rounded {
    double worst_sum = 0, farthest = 0, bias = 0;  // over images, classes; in units of an error
    bool label_below = true;                       // no label's error is above zero
};

// Many roundings of the same errors, one per step.
Rounded round_often(int classes, int error_bits, int steps) {
    Settings settings = settings_of("bm1", "frsf", BatchNormMode::none);
    settings.error_bits = error_bits;
    const Plan plan = make_plan(settings);
    const Network net = network_of("fc " + std::to_string(classes), small_input, classes, plan);
    const Dataset data = noise(small_input, classes, 19);
    Threads team(3);
    Workspace work = make_workspace(net, team);
    const Compute compute{best_kernels(), team};
    std::vector<double> mean(data.count() * static_cast<std::size_t>(classes));
    one_batch(net, plan, data, work, compute);
    Rounded r;
    for (int step = 1; step <= steps; ++step) {
        backward(net, plan, static_cast<std::uint64_t>(step), work, compute);
        const Tensor& q = work.layers.back().sum_delta;
        const int shift = q.exponent - (read_out(net, work).exponent - 25);
        for (std::size_t n = 0; n < data.count(); ++n) {
            int sum = 0;
            for (std::size_t c = 0; c < q.item(); ++c) {
                const int level = q.at(n)[c];
                const double exact = std::ldexp(work.wide_delta[n * q.item() + c], -shift);
                sum += level;
                mean[n * q.item() + c] += (level - exact) / steps;
                if (c != work.labels[n]) r.farthest = std::max(r.farthest, std::abs(level - exact));
            }
            r.worst_sum = std::max(r.worst_sum, std::abs(1.0 * sum));
            r.label_below = r.label_below && q.at(n)[work.labels[n]] <= 0;
        }
    }
    for (const double x : mean)
        r.bias = std::max(r.bias, std::abs(x));
    return r;
}

}  // namespace

TEST_CASE("without batch normalisation rounded errors of an image sum to zero", "[learning]") {
    for (const int classes : {2, 3, 10, 300})
        for (const int bits : {2, 3, 8}) {
            CAPTURE(classes, bits);
            const Rounded r = round_often(classes, bits, 400);
            CHECK(r.worst_sum == 0);
            CHECK(r.farthest < 1);
            CHECK(r.label_below);
            // A rounding up or down has a standard deviation of at most 1/2, the mean of 400 of
            // 1/40.
            CHECK(r.bias < 5.0 / 40);
        }
}

TEST_CASE("label smoothing takes a share of the target and gives it to all classes", "[learning]") {
    const auto bn = GENERATE(BatchNormMode::none, BatchNormMode::plain);
    Settings settings = settings_of("bm1", "frsf", bn);
    settings.label_smoothing = 0.25;
    const Plan plan = make_plan(settings);
    REQUIRE(plan.label_smoothing == std::int64_t{1} << 28);
    const Network net = network_of("fc 5, bn, relu, fc 4", small_input, 4, plan);
    const Dataset data = noise(small_input, 4, 12);
    Threads team(2);
    Workspace work = make_workspace(net, team);
    const Compute compute{best_kernels(), team};
    one_batch(net, plan, data, work, compute);
    SoftmaxOf s;
    const ReadOut out = read_out(net, work);
    const Tensor rounded_deltas = work.layers.back().sum_delta;  // of the training step
    // Layers below have used the room of the wide ones.
    loss_and_delta(out, {127, Rounding::nearest, 1, 1, bn == BatchNormMode::none, 1 << 28}, work,
                   compute);
    CHECK(work.layers.back().sum_delta.exponent == rounded_deltas.exponent);
    for (std::size_t n = 0; n < data.count(); ++n) {
        softmax(std::span(work.logits()).subspan(n * 4, 4), out, s);
        int sum = 0;
        for (std::size_t c = 0; c < 4; ++c) {
            // 1 - 1/4 + 1/16 of the label's, 1/16 of each other.
            const std::int64_t target = std::int64_t{c == work.labels[n] ? 13 : 1} << 26;
            const std::int64_t e = (s.probability[c] - target) * out.gain;
            const std::int64_t rounded = (std::abs(e) + (1 << 14)) >> 15;
            CHECK(std::abs(work.wide_delta[n * 4 + c]) == rounded);
            CHECK((work.wide_delta[n * 4 + c] < 0) == (e < 0 && rounded != 0));
            sum += rounded_deltas.at(n)[c];
        }
        if (bn == BatchNormMode::none) CHECK(sum == 0);
    }
}

TEST_CASE("rates rise in equal steps, and fall like half a cosine", "[learning]") {
    Settings s = settings_of("bm1", "frsf");
    s.rate = 0.008;
    s.epochs = 4;
    s.cosine = true;
    const std::vector<double> expected = {1, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125)};
    for (std::size_t e = 0; e < 4; ++e)
        CHECK(make_plan(s).rate[e] == Approx(0.008 * expected[e]).epsilon(1e-12));
    s.epochs = 1000;
    const std::vector<double> rates = make_plan(s).rate;
    for (std::size_t e = 0; e < 1000; ++e)
        REQUIRE(rates[e] ==
                Approx(0.004 * (1 + std::cos(3.14159265358979324 * static_cast<double>(e) / 1000)))
                    .margin(1e-15));
    s.cosine = false;
    s.epochs = 5;
    s.warm_up = 3;
    CHECK((make_plan(s).rate == std::vector{0.002, 0.004, 0.006, 0.008, 0.008}));
}
