// The loss's errors of a network without batch normalisation: rounded so that those of an image
// still sum to zero.
#include <catch2/catch.hpp>
#include <cmath>

#include "learning_testing.hpp"

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
