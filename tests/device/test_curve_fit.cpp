// Fits find the curve that points were made of, the noise of its pulses beside that of readings,
// and spreads between devices.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/check.hpp"
#include "device/curve_fit.hpp"
#include "device/ramp.hpp"
#include "pictures/sketch.hpp"
#include "pulse_response/fitted_target.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

// A device from 10 to 110 goes up and down again on a curve, n pulses each.
PulseResponse train_on(const Curve& curve, int n) {
    PulseResponse response;
    double x = 0.05;
    for (const Pulse side : {Pulse::set, Pulse::reset}) {
        Train train;
        for (int i = 0; i <= n; ++i) {
            if (i > 0) x += (side == Pulse::set ? 1 : -1) * step_at(curve, side, x);
            train.points.emplace_back(i, 10 + 100 * x);
        }
        response.trains[side == Pulse::set ? 0 : 1].push_back(train);
    }
    return response;
}

struct Noise {
    double pulse = 0, reading = 0;  // shares of the range
};

// The same within its bounds, with noise.
PulseResponse noisy_train(const Curve& curve, int n, const Noise& noise, std::mt19937& random,
                          int device = 0, double low = 10, double high = 110) {
    std::normal_distribution<double> normal;
    PulseResponse response;
    double x = 0.02;
    for (const Pulse side : {Pulse::set, Pulse::reset}) {
        Train train;
        train.device = device;
        for (int i = 0; i <= n; ++i) {
            const double by = step_at(curve, side, x);
            if (i > 0)
                x = std::clamp(x + (side == Pulse::set ? by : -by) + noise.pulse * normal(random),
                               0.0, 1.0);
            train.points.emplace_back(i, low + (high - low) * (x + noise.reading * normal(random)));
        }
        response.trains[side == Pulse::set ? 0 : 1].push_back(train);
    }
    return response;
}

void add_trains(PulseResponse& all, const PulseResponse& more) {
    for (const std::size_t side : {0u, 1u})
        all.trains[side].insert(all.trains[side].end(), more.trains[side].begin(),
                                more.trains[side].end());
}

Curve soft(double pulse) {
    Curve curve;
    curve.family = StepFamily::soft_bounds;
    curve.pulse = pulse;
    return curve;
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
        REQUIRE(fits.front().cycle_noise.value < 2e-3);
    }
}

TEST_CASE("soft bounds beyond the measured range are found", "[fit]") {
    const CurveFit fit = fit_curve(train_on(soft(0.05), 50), StepFamily::soft_bounds);
    REQUIRE(fit.residual < 1e-3);
    REQUIRE(fit.low == Approx(10).margin(1));
    REQUIRE(fit.high == Approx(110).margin(1));
    REQUIRE(fit.curve.pulse == Approx(0.05).epsilon(0.03));
    REQUIRE(fit.cycle_noise.value < 1e-3);
}

// Instrumented, the first hundred: what the others add is the share, which is no other there.
#ifdef __SANITIZE_ADDRESS__
constexpr int curves = 100;
#else
constexpr int curves = 1000;
#endif

TEST_CASE("noise of pulses is found in a thousand drawn curves", "[fit]") {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> uniform;
    int within = 0;
    constexpr int pulses = 150;
    for (int k = 0; k < curves; ++k) {
        Curve curve = soft((3 + 3 * uniform(random)) / pulses);
        if (k % 2 == 1) {
            curve.family = StepFamily::constant;
            curve.pulse = (1.6 + 0.4 * uniform(random)) / pulses;
        }
        Noise noise;
        noise.pulse = 0.005 + 0.02 * uniform(random);
        noise.reading = noise.pulse * uniform(random) / 3;
        const CurveFit fit = fit_curve(noisy_train(curve, pulses, noise, random), curve.family);
        const double found = fit.cycle_noise.value * (fit.high - fit.low) / 100;
        within += std::abs(found - noise.pulse) < 0.3 * noise.pulse;
    }
    CAPTURE(within);
    REQUIRE(within >= curves - 3);
}

TEST_CASE("shares of drawn curves whose noise is found", "[.][shares]") {
    for (const int pulses : {25, 50, 100, 400}) {
        std::string line = fmt::format("{:3} pulses:", pulses);
        for (const double reading : {0.0, 0.005, 0.01, 0.03}) {
            std::mt19937 random(9);
            int within = 0;
            for (int k = 0; k < 300; ++k) {
                const CurveFit fit =
                    fit_curve(noisy_train(soft(5.0 / pulses), pulses, {0.01, reading}, random),
                              StepFamily::soft_bounds);
                const double found = fit.cycle_noise.value * (fit.high - fit.low) / 100;
                within += std::abs(found - 0.01) < 0.003;
            }
            line += fmt::format(" {:3.0f} %", within / 3.0);
            if (pulses >= 100 && reading <= 0.01) REQUIRE(within >= 270);
        }
        WARN(line);
    }
}

TEST_CASE("noise of readings is not taken for that of pulses", "[fit]") {
    std::mt19937 random(2);
    for (const double reading : {0.01, 0.03, 0.07}) {
        INFO(reading);
        const CurveFit fit =
            fit_curve(noisy_train(soft(0.05), 100, {0, reading}, random), StepFamily::soft_bounds);
        REQUIRE(fit.cycle_noise.value < reading / 10);
        REQUIRE(fit.reading_noise.value == Approx(reading).epsilon(0.3));
        // Both at once, where the one does not hide the other.
        const CurveFit two = fit_curve(noisy_train(soft(0.02), 400, {reading / 2, reading}, random),
                                       StepFamily::soft_bounds);
        REQUIRE(two.cycle_noise.value == Approx(reading / 2).epsilon(0.3));
        REQUIRE(two.cycle_noise.error < two.cycle_noise.value);
    }
}

TEST_CASE("a curve of the wrong shape is no noise", "[fit]") {
    const CurveFit fit = fit_curve(train_on(soft(0.06), 50), StepFamily::constant);
    REQUIRE(fit.residual > 0.03);
    REQUIRE(fit.cycle_noise.value < 0.004);
}

TEST_CASE("spreads between cycles and devices are found", "[fit]") {
    std::mt19937 random(3);
    std::normal_distribution<double> normal;
    PulseResponse cycles;
    const Curve curve = soft(0.06);
    for (int cycle = 0; cycle < 6; ++cycle) {
        double x = 0.02;
        for (const Pulse side : {Pulse::set, Pulse::reset}) {
            Train train;
            for (int i = 0; i <= 50; ++i) {
                const double by = step_at(curve, side, x) * (1 + 0.3 * normal(random));
                if (i > 0) x = std::clamp(x + (side == Pulse::set ? by : -by), 0.0, 1.0);
                train.points.emplace_back(i, x);
            }
            cycles.trains[side == Pulse::set ? 0 : 1].push_back(train);
        }
    }
    const CurveFit fit = fit_curve(cycles, StepFamily::soft_bounds);
    REQUIRE(fit.cycle_spread->value == Approx(0.3).epsilon(0.2));
    REQUIRE(fit.cycle_spread->error < 0.06);
    REQUIRE(fit.cycle_noise.value < 0.002);
    REQUIRE_FALSE(fit.step_spread);

    PulseResponse devices;
    for (int d = 0; d < 40; ++d)
        add_trains(devices, noisy_train(soft(0.06 * (1 + 0.2 * normal(random))), 60, {}, random, d,
                                        10 + 2 * normal(random), 110 + 5 * normal(random)));
    const CurveFit spread = fit_curve(devices, StepFamily::soft_bounds);
    REQUIRE(spread.step_spread->value == Approx(0.2).epsilon(0.35));
    REQUIRE(spread.step_spread->error < 0.05);
    REQUIRE((*spread.bound_spread)[0].value == Approx(0.04).epsilon(0.5));
    REQUIRE((*spread.bound_spread)[1].value == Approx(0.1).epsilon(0.5));
}

TEST_CASE("SET alone is fitted, RESET mirrors it", "[fit]") {
    PulseResponse response = train_on(soft(0.06), 50);
    response.trains[1].clear();
    for (const CurveFit& fit : fit_curves(response)) {
        INFO(name_of(fit.curve.family));
        const double middle = step_at(fit.curve, Pulse::set, 0.5);
        REQUIRE(step_at(fit.curve, Pulse::reset, 0.5) == Approx(middle).epsilon(0.15));
    }
    REQUIRE(fit_curve(response, StepFamily::soft_bounds).residual < 1e-3);
}

TEST_CASE("lines tell what a fit has to beat; limits are named; drift is hinted at", "[fit]") {
    const Lines lines = lines_through(train_on(soft(0.06), 50));
    REQUIRE(lines.straight < lines.flat);
    REQUIRE(lines.straight > 0.05);
    REQUIRE(lines.flat == Approx(0.26).epsilon(0.1));

    Curve abrupt;
    abrupt.family = StepFamily::power;
    abrupt.gamma = {1, 1};
    abrupt.pulse = 0.1;
    REQUIRE(fit_curve(train_on(abrupt, 40), StepFamily::power).at_limits.empty());

    REQUIRE(symmetry_point(soft(0.06)).value() == Approx(0.5));
    Curve uneven = soft(0.06);
    uneven.asymmetry = 0.5;
    REQUIRE(symmetry_point(uneven).value() == Approx(0.75));
    REQUIRE(sim::drift_hint(soft(0.06)).empty());
    REQUIRE_THAT(sim::drift_hint(uneven), Contains("cells=pair") && Contains("75 %"));
    Curve leaning;
    leaning.asymmetry = -0.4;
    REQUIRE_FALSE(symmetry_point(leaning));
    REQUIRE_THAT(sim::drift_hint(leaning), Contains("RESET pulse moves 2.3 times"));
}

TEST_CASE("ramps follow smooth trains", "[fit]") {
    std::vector<double> y;
    for (int i = 0; i < 60; ++i)
        y.push_back(3 + 5 * std::exp(-i / 15.0));
    const Ramp ramp = fit_ramp(y);
    REQUIRE(ramp.squares < 1e-3);
    REQUIRE(ramp.values.front() == Approx(8).margin(0.02));
    REQUIRE(ramp_squares(y) == ramp.squares);
    REQUIRE(roughness(y) < 0.02);
    REQUIRE(train_starts(y, 0.3) == std::vector<std::size_t>{0});
    REQUIRE(fit_ramp(std::vector<double>{1}).values == std::vector<double>{1});
    REQUIRE(fit_ramp({}).values.empty());
}

TEST_CASE("sketches put each point at its place", "[fit]") {
    const sim::FigurePanel panel{
        "", {"x"}, {"y"}, {{"up", {{0, 0}, {4, 2}}}, {"down", {{0, 2}, {4, 0}}}}};
    REQUIRE(sim::sketch_of(panel, 5, 3) ==
            "y\n        2 |b   a\n          |     \n        0 |a   b\n          +-----\n"
            "           0   4\n           x\n           a  up\n           b  down\n");
}
