// Nonlinear least squares by Levenberg and Marquardt (MINPACK's, as Eigen has it).
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace crossbar {

// The first `shared` parameters move every residual, each of the others only those that it owns, so
// that the derivatives by all of these are taken at once.
struct LeastSquares {
    std::function<std::vector<double>(const std::vector<double>&)> residuals;
    std::size_t shared;
    std::vector<std::size_t> owner;  // by residual: its parameter, counted behind the shared ones
};

// The parameters where the squares are least, as far as a descent from `start` finds.
std::vector<double> minimise(const LeastSquares& problem, const std::vector<double>& start);

}  // namespace crossbar
