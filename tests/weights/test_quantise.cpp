// Steps that lose least, and levels by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "array/target.hpp"
#include "weights/quantise.hpp"

using namespace crossbar;

namespace {

double error_of(const std::vector<double>& weights, const Quantised& q) {
    double sum = 0;
    const std::size_t inputs = weights.size() / q.steps.size();
    for (std::size_t i = 0; i < weights.size(); ++i)
        sum += std::pow(weights[i] - q.levels[i] * q.steps[i / inputs], 2);
    return sum;
}

Quantised of(const std::vector<double>& weights, int bits, const char* clip, bool by_output = false,
             bool integers = false, std::size_t outputs = 1) {
    return quantise(weights, outputs, bits, reach_of(bits, nullptr), parse_clip(clip), by_output,
                    integers);
}

}  // namespace

TEST_CASE("quantise: by hand") {
    CHECK(of({0.5, -1, 0.24, 0.26}, 3, "max").levels == std::vector<std::int16_t>{2, -3, 1, 1});
    CHECK(of({0.5, -1, 0.24, 0.26}, 3, "max").steps.front() == Approx(1.0 / 3));
    CHECK(of({0.5, -1, 0, 0.26}, 1, "error").levels == std::vector<std::int16_t>{1, -1, 1, 1});
    CHECK(of({0.5, -1, 0, 0.26}, 1, "max").steps.front() == Approx(0.44));
    const Quantised half = of({1, 2, 3, -4}, 8, "50%");
    CHECK(half.levels == std::vector<std::int16_t>{64, 127, 127, -127});
    CHECK(half.clipped == 2);
    CHECK(of({0, 0}, 8, "error").levels == std::vector<std::int16_t>{0, 0});
    const Quantised rows = of({1, 2, 0.01, 0.02}, 8, "max", true, false, 2);
    CHECK(rows.levels == std::vector<std::int16_t>{64, 127, 64, 127});
    CHECK(rows.steps[1] == Approx(0.02 / 127));
}

TEST_CASE("quantise: integers that fit are levels as they are") {
    CHECK(of({3, -7, 0, 1}, 8, "error", true, true).levels ==
          std::vector<std::int16_t>{3, -7, 0, 1});
    CHECK(of({3, -7, 0, 1}, 8, "max", false, true).steps.front() == 1);
    CHECK(of({3, -7, 0, 1}, 3, "max", false, true).steps.front() == Approx(7.0 / 3));
    CHECK(of({1, -1, 0}, 1, "max", false, true).levels == std::vector<std::int16_t>{1, -1, 1});
}

TEST_CASE("quantise: the least error is no larger than that of any other clip") {
    std::mt19937 random(1);
    std::vector<double> weights(5000);
    for (double& w : weights)
        w = std::normal_distribution<double>()(random);
    for (const int bits : {2, 3, 4, 8, 12, 16}) {
        const double least = error_of(weights, of(weights, bits, "error"));
        for (const char* clip : {"max", "99.9%", "99%", "95%", "80%"}) {
            CAPTURE(bits, clip);
            CHECK(least <= 1.0001 * error_of(weights, of(weights, bits, clip)));
        }
    }
}

TEST_CASE("quantise: where devices reach less, weights take less of the range") {
    const Hardware soft = load_target("reram_sb", "").hardware;
    const DeviceTables device = make_device(*soft.device, 127, 1);
    const std::vector<double> weights = {1, -0.5, 0.25, 0.1, -0.9};
    const Reach reach = reach_of(8, &device);
    CHECK(reach.mean.size() == 255);
    CHECK(reach.mean.back() < 120);
    CHECK(reach.mean.front() > -120);
    const double here = quantise(weights, 1, 8, reach, {}, false, false).steps.front();
    CHECK(here > 1.2 * of(weights, 8, "error").steps.front());
    const Reach ideal = reach_of(8, nullptr);
    CHECK(ideal.mean[0] == -127);
    CHECK(ideal.square[254] == 127 * 127);
}

TEST_CASE("quantise: clips that are none") {
    for (const char* text : {"most", "49%", "101%", "99.9", "%", "nan%", "99.9%%", " max"})
        CHECK_THROWS_WITH(parse_clip(text), Catch::Contains("expected error, max, or the percent"));
}
