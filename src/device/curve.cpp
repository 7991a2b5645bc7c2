// The formulas of the families of curves.
#include "device/curve.hpp"

#include <algorithm>
#include <cmath>

namespace crossbar {
namespace {

constexpr double label_unit = 10.1015254;

double weight_at(const Curve& c, double x) {
    return c.low() + (c.high() - c.low()) * x;
}

// IBM's exponential step: 1 - A exp(gamma z) up and 1 - A exp(-gamma z) down, z = 2 a w / range +
// b.
double exponential_factor(const Curve& c, std::size_t side, double w) {
    const double z = 2 * c.stretch * w / (c.high() - c.low()) + c.offset;
    const double sign = side == 0 ? 1 : -1;
    return 1 - c.scale[side] * std::exp(sign * c.gamma[side] * z);
}

// G(P) = B (1 - exp(-P / A)): one pulse further along the curve for SET, one back for RESET, from
// wherever x lies on it.
double label_step(const Curve& c, Pulse pulse, double x) {
    const double label = c.label[pulse == Pulse::set ? 0 : 1];
    return label_step_at(std::abs(label) < 0.001 ? 0 : label_parameter(label), c.states, pulse, x);
}

double between(const std::vector<std::pair<double, double>>& points, double x) {
    const auto after = std::find_if(points.begin(), points.end(),
                                    [x](const auto& point) { return point.first >= x; });
    if (after == points.begin()) return points.front().second;
    if (after == points.end()) return points.back().second;
    const auto before = after - 1;
    const double part = (x - before->first) / (after->first - before->first);
    return before->second + part * (after->second - before->second);
}

// The family's factor on `pulse`.
double factor_at(const Curve& c, std::size_t side, double x) {
    const double w = weight_at(c, x);
    const double bound = side == 0 ? c.high() : c.low();
    switch (c.family) {
        case StepFamily::linear:
            return 1 - c.gamma[side] * w / bound;
        case StepFamily::soft_bounds:
            return 1 - w / bound;
        case StepFamily::exponential:
            return exponential_factor(c, side, w);
        case StepFamily::power:
            return std::pow(side == 0 ? 1 - x : x, c.gamma[side]);
        default:
            return 1;
    }
}

}  // namespace

const char* name_of(StepFamily family) {
    constexpr const char* names[] = {"constant", "linear", "soft-bounds", "exponential",
                                     "power",    "label",  "table"};
    return names[static_cast<std::size_t>(family)];
}

double label_parameter(double label) {
    // The distance falls as A grows: halve an interval of ln A.
    const auto distance = [](double a) {
        const double b = 1 / -std::expm1(-1 / a);
        const double p = -a * std::log(a / b);
        return b * -std::expm1(-p / a) - p;
    };
    double low = std::log(1e-3), high = std::log(1e6);
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        (distance(std::exp(middle)) * label_unit > std::abs(label) ? low : high) = middle;
    }
    return std::copysign(std::exp((low + high) / 2), label);
}

double label_step_at(double a, double states, Pulse pulse, double x) {
    if (a == 0) return 1 / states;
    const double b = 1 / (1 - std::exp(-1 / a)), pulses = a * states;
    const double step = pulse == Pulse::set ? (b - x) * (1 - std::exp(-1 / pulses))
                                            : (b - x) * (std::exp(1 / pulses) - 1);
    return std::max(0.0, step);
}

double step_at(const Curve& c, Pulse pulse, double x) {
    const std::size_t side = pulse == Pulse::set ? 0 : 1;
    const double lean = pulse == Pulse::set ? 1 + c.asymmetry : 1 - c.asymmetry;
    double step = 0;
    if (c.family == StepFamily::table)
        step = between(c.points[side], x);
    else if (c.family == StepFamily::label)
        step = label_step(c, pulse, x);
    else
        step = c.pulse / (c.high() - c.low()) * factor_at(c, side, x);
    return std::max(0.0, step * lean);
}

}  // namespace crossbar
