// Families of curves fitted to a measured pulse response: conductance after each SET pulse of a
// train, then after each RESET pulse. Real numbers; what comes out is a Curve, for a target file.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "crossbar/curve.hpp"

namespace crossbar {

// Points (pulse number, conductance) of the SET train, then of the RESET train; numbers rise within
// a train.
struct PulseResponse {
    std::array<std::vector<std::pair<double, double>>, 2> trains;
};

struct CurveFit {
    Curve curve;
    double low = 0, high = 0;  // conductance at the curve's bounds
    double residual = 0;       // root mean square over all points, share of the measured range
    double cycle_noise = 0;    // of single steps around the fit, standard deviation over the range
    std::size_t parameters = 0;
    PulseResponse fitted;  // at the measured pulse numbers
};

// One fit a family, the one that explains most for its number of parameters (Akaike's criterion)
// first. A train begins at its first measured point; a fit sees whole trains, so noise does not
// pile up in it.
std::vector<CurveFit> fit_curves(const PulseResponse& measured);

}  // namespace crossbar
