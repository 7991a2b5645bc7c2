// Fits find the curve that points were made of; measured files are read, or refused with their
// line.
#include <catch2/catch.hpp>
#include <cmath>

#include "../sim/drawing.hpp"
#include "../sim/measured.hpp"
#include "crossbar/curve_fit.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

// A device from 10 to 110 goes up and down again on a curve, n pulses each.
PulseResponse train_on(const Curve& curve, int n) {
    PulseResponse response;
    double x = 0.05;
    for (const Pulse side : {Pulse::set, Pulse::reset})
        for (int i = 0; i <= n; ++i) {
            if (i > 0) x += (side == Pulse::set ? 1 : -1) * step_at(curve, side, x);
            response.trains[side == Pulse::set ? 0 : 1].emplace_back(i, 10 + 100 * x);
        }
    return response;
}

const CurveFit& fit_of(const std::vector<CurveFit>& fits, StepFamily family) {
    return *std::find_if(fits.begin(), fits.end(),
                         [&](const CurveFit& fit) { return fit.curve.family == family; });
}

}  // namespace

TEST_CASE("every family fits the curve it was made of", "[fit]") {
    std::vector<Curve> curves(6);
    curves[0].family = StepFamily::constant;
    curves[1].family = StepFamily::linear;
    curves[1].gamma = {0.5, 0.8};
    curves[2].family = StepFamily::soft_bounds;
    curves[3].family = StepFamily::exponential;
    curves[3].scale = {0.3, 0.2};
    curves[3].gamma = {1.5, 1};
    curves[3].stretch = 0.5;
    curves[4].family = StepFamily::power;
    curves[4].gamma = {1.5, 0.7};
    curves[5].family = StepFamily::label;
    curves[5].label = {2.4, -4.88};
    curves[5].states = 60;
    for (Curve& curve : curves) {
        INFO(name_of(curve.family));
        curve.pulse = 0.03;
        if (curve.family != StepFamily::label) curve.asymmetry = 0.1;
        const std::vector<CurveFit> fits = fit_curves(train_on(curve, 55));
        REQUIRE(fits.size() == 7);
        REQUIRE(fit_of(fits, curve.family).residual < 0.01);
        REQUIRE(fits.front().residual < 0.01);
    }
}

TEST_CASE("soft bounds beyond the measured range are found", "[fit]") {
    Curve curve;
    curve.family = StepFamily::soft_bounds;
    curve.pulse = 0.05;
    const CurveFit fit = fit_of(fit_curves(train_on(curve, 50)), StepFamily::soft_bounds);
    REQUIRE(fit.residual < 1e-3);
    REQUIRE(fit.low == Approx(10).margin(1));
    REQUIRE(fit.high == Approx(110).margin(1));
    REQUIRE(fit.curve.pulse == Approx(0.05).epsilon(0.03));
    REQUIRE(fit.cycle_noise < 1e-3);
}

TEST_CASE("noise between pulses is measured", "[fit]") {
    Curve curve;
    curve.pulse = 0.02;
    PulseResponse response = train_on(curve, 40);
    for (auto& train : response.trains)
        for (std::size_t i = 0; i < train.size(); ++i)
            train[i].second += i % 2 == 0 ? 0.4 : -0.4;  // steps are off by 0.8 of a range of 40
    const CurveFit fit = fit_of(fit_curves(response), StepFamily::constant);
    REQUIRE(fit.cycle_noise == Approx(0.8 / 41).epsilon(0.1));
}

TEST_CASE("measured files: trains are told apart, mistakes named", "[fit]") {
    const auto read = [](const std::string& text) { return sim::parse_response("m.csv", text); };
    const auto sizes = [&](const std::string& text) {
        const PulseResponse r = read(text);
        return std::pair(r.trains[0].size(), r.trains[1].size());
    };
    REQUIRE(sizes("pulse;g\n1;1\n2;2\n3;3\n1;3\n2;2\n3;1\n4;0\n") ==
            std::pair<std::size_t, std::size_t>{3, 4});
    REQUIRE(sizes("# rises all along\n1 1\n2 2\n3 3\n4 4\n5 3\n6 2\n7 1\n") ==
            std::pair<std::size_t, std::size_t>{4, 3});
    REQUIRE(sizes("1,1,set\n1,3,RESET\n2,2,set\n2,2,reset\n3,3,set\n3,1,reset\n") ==
            std::pair<std::size_t, std::size_t>{3, 3});
    const auto refused = [&](const std::string& text, const std::string& message) {
        INFO(text);
        REQUIRE_THROWS_WITH(read(text), Contains(message) && Contains("m.csv"));
    };
    refused("", "0 points of SET");
    refused("a,b\nc,d\n", "m.csv:2: 'c' is not a number");
    refused("1,2\n3\n", "m.csv:2: 1 values");
    refused("1,nan\n", "'nan' is not a number");
    refused("1,2,up\n", "'up' is neither set nor reset");
    refused("1,1\n2,2\n3,3\n1,3\n2,2\n1,1\n", "m.csv:6: pulse 1 behind pulse 2");
    refused("1,1\n2,1\n3,1\n1,1\n2,1\n3,1\n", "nothing to fit");
    refused("1,1\n2,2\n20001,3\n", "m.csv:3: pulse number 20001, expected 0 to 20000");
    refused("1,1\n2,2\n3,1e300\n", "m.csv:3: conductance 1e+300");
    refused("1,1\n2,2\n3,-1e-300\n", "m.csv:3: conductance -1e-300");
}

TEST_CASE("sketches put each point at its place", "[fit]") {
    sim::Chart chart;
    chart.x_label = "x", chart.y_label = "y";
    chart.series = {{"up", {{0, 0}, {4, 2}}}, {"down", {{0, 2}, {4, 0}}}};
    REQUIRE(sim::sketch_of(chart, 5, 3) ==
            "y\n        2 |b   a\n          |     \n        0 |a   b\n          +-----\n"
            "           0   4\n           x\n           a  up\n           b  down\n");
}
