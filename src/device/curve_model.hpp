// A curve as a fit sees it: measured points as shares of the measured range, trains that a curve
// makes, and the numbers of each family that may be turned.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "device/curve_fit.hpp"

namespace crossbar {

// Measured trains of one side, each device's in shares of its own range.
struct Shares {
    std::array<std::vector<Train>, 2> trains;
    std::vector<std::array<double, 2>> bounds;  // by device: conductance at 0 and at 1
    std::size_t count = 0;                      // points
    bool both() const { return !trains[1].empty(); }
};

Shares shares_of(const PulseResponse& measured);

// A curve whose bounds lie `below` and `above` the measured range, in shares of it.
struct Model {
    Curve curve;
    double below = 0, above = 0;
    std::array<double, 2> label_a{};  // of its labels, found once

    double range() const { return 1 + below + above; }
    // Mean step of a pulse, a share of the measured range.
    double step(std::size_t side, double share) const;
    // From there on by so many pulses; what stands beyond a bound stays.
    double after(std::size_t side, double share, double pulses) const;
};

// The train from `start` at the pulse numbers of `like`.
std::vector<std::pair<double, double>> train_of(const Model& model, std::size_t side, double start,
                                                const std::vector<std::pair<double, double>>& like);

struct Parameter {
    const char* name;
    std::size_t sides;  // 0: of SET, 1: of RESET, 2: of both
    double low, high;
};

// A bound a little beyond the measured range, or within it.
constexpr bool corrects_range(const Parameter& parameter) {
    return parameter.high > 50;
}

// Numbers behind a curve: the logarithm of the step, what asymmetry is the tanh of, then those of
// `parameters`.
using Parameters = std::vector<double>;

struct Family {
    StepFamily family;
    bool leans;  // has an asymmetry
    std::vector<Parameter> parameters;
    std::vector<Parameters> starts;
};

const Family& family_of(StepFamily family);

// Without RESET trains what belongs to RESET mirrors SET.
Model model_of(const Family& family, const Parameters& p, bool both);

// "gamma of SET", where the curve stands at an end of what may be.
std::vector<std::string> at_limits(const Family& family, const Parameters& p, bool both);

}  // namespace crossbar
