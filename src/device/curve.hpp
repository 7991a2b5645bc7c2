// Pulse-response curves: how far one SET or RESET pulse moves a device from where it stands. Real
// numbers, from a target file or a fit; device.hpp makes them into tables. Formulas and sources:
// docs/devices.md.
//
// A device's conductance is a weight w between low and high. Its position x is 0 at low and 1 at
// high; a step is a share of that range, so a step of 0.01 at x = 0.5 ends at x = 0.51.
#pragma once

#include <array>
#include <span>
#include <utility>
#include <vector>

namespace crossbar {

enum class StepFamily { constant, linear, soft_bounds, exponential, power, label, table };

enum class Pulse { set, reset };

// Arrays hold the number for SET, then for RESET.
struct Curve {
    StepFamily family = StepFamily::constant;
    std::array<double, 2> bounds{-1, 1};  // of w
    double pulse = 0.01;                  // step in w at w = 0, before the family's factor
    bool one_level =
        false;             // in place of pulse: as far as the ideal synapse's pulse, see device.hpp
    double asymmetry = 0;  // SET times 1 + asymmetry, RESET times 1 - asymmetry
    std::array<double, 2> gamma{};   // linear, exponential, power
    std::array<double, 2> scale{};   // exponential: A
    double stretch = 0, offset = 0;  // exponential: a, b
    std::array<double, 2> label{};   // NeuroSim's nonlinearity, -9..9
    double states = 100;             // label: pulses from one bound to the other
    std::array<std::vector<std::pair<double, double>>, 2> points;  // table: (x, step in x) by x

    double low() const { return bounds[0]; }
    double high() const { return bounds[1]; }
};

// The step at x (0..1), a share of the range; never negative.
double step_at(const Curve& curve, Pulse pulse, double x);

// Largest distance of the label's normalised curve (1 - exp(-p / A)) / (1 - exp(-1 / A)) from the
// straight line, 0 <= p <= 1; the label is 10.1015254 times that.
double label_parameter(double label);  // A of |label| with its sign, label not 0

// The label's step at x where A is known; A = 0 is the straight line.
double label_step_at(double a, double states, Pulse pulse, double x);

// As target files spell it.
const char* name_of(StepFamily family);

}  // namespace crossbar
