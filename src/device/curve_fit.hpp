// Families of curves fitted to measured pulse responses: conductance after each SET pulse of a
// train, then after each RESET pulse. Real numbers; what comes out is a Curve, for a target file.
// What is estimated how: docs/devices.md.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "device/curve.hpp"

namespace crossbar {

// Points (pulse number, conductance) in the order of pulses.
struct Train {
    std::vector<std::pair<double, double>> points;
    int device = 0;  // they count from 0, without a gap
};

struct PulseResponse {
    std::array<std::vector<Train>, 2> trains;  // of SET and of RESET; RESET may be missing
    std::optional<double> reading_noise;       // of a point, where readings were repeated
};

// Standard deviations as shares of the range, but for spreads.
struct Estimate {
    double value = 0, error = 0;  // error: of one standard deviation
};

struct CurveFit {
    Curve curve;
    double low = 0, high = 0;    // conductance at the curve's bounds, mean of the devices
    double residual = 0;         // root mean square over all points, share of the measured range
    std::size_t parameters = 0;  // of the curve
    double criterion = 0;        // Akaike's, corrected for few points: least is best
    Estimate cycle_noise;        // of a pulse
    Estimate reading_noise;      // of a reading
    std::optional<Estimate> cycle_spread;  // of a pulse, relative to its step; from several cycles
    std::optional<Estimate> step_spread;   // between devices, relative
    std::optional<std::array<Estimate, 2>> bound_spread;  // the same, of the curve's bounds
    std::vector<std::string> at_limits;                   // names of parameters
    PulseResponse fitted;                                 // at the measured pulse numbers
};

// What a straight line through each train leaves, and what its mean does, as residuals.
struct Lines {
    double straight = 0, flat = 0;
};
Lines lines_through(const PulseResponse& measured);

// One family, with noise and spreads.
CurveFit fit_curve(const PulseResponse& measured, StepFamily family);

// One fit for each family, the one of the least criterion first. A fit sees whole trains, each from
// a beginning of its own, so that noise does not pile up in it. Trains have four points or more.
std::vector<CurveFit> fit_curves(const PulseResponse& measured);

// Where SET and RESET steps are equal, as a position in the range; nothing where one is larger
// everywhere.
std::optional<double> symmetry_point(const Curve& curve);

}  // namespace crossbar
