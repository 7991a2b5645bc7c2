// Smooth ramps through readings at even distances, a + b u + c f(u) with f exponential or square:
// what a train looks like before any family of curves is tried. Where trains turn, which way they
// go, and between which values, follow from them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace crossbar {

struct Ramp {
    double squares = 0;          // of what it leaves, summed
    std::vector<double> values;  // at each reading
};

// By least squares, over a grid of rates. Straight through fewer than six readings.
Ramp fit_ramp(std::span<const double> readings);

// The same, its squares alone.
double ramp_squares(std::span<const double> readings);

// Where trains begin in readings that go up and down, the first at 0. A way back of less than
// `part` of the range is noise. Between two trains the turn is where ramps through both leave the
// least squares; trains of one length are preferred where they leave hardly more.
std::vector<std::size_t> train_starts(std::span<const double> readings, double part);

// Standard deviation of what is irregular from one reading to the next.
double roughness(std::span<const double> readings);

}  // namespace crossbar
