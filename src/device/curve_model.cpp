// Trains of a curve from its numbers, and the numbers that a fit may change, within their bounds.
#include "device/curve_model.hpp"

#include <algorithm>
#include <cmath>

#include "device/ramp.hpp"

namespace crossbar {
namespace {

// Lowest and highest of a smooth ramp through the train; of its points where they are as smooth.
std::array<double, 2> ends_of(const Train& train) {
    std::vector<double> y;
    for (const auto& [pulse, g] : train.points)
        y.push_back(g);
    const auto [low, high] = std::minmax_element(y.begin(), y.end());
    const Ramp ramp = fit_ramp(y);
    const double rough = std::sqrt(ramp.squares / static_cast<double>(y.size()));
    if (rough < 0.005 * (*high - *low)) return {*low, *high};
    const auto [from, to] = std::minmax_element(ramp.values.begin(), ramp.values.end());
    return {*from, *to};
}

// Of a device: the farthest of both sides, each the mean of its cycles.
std::array<double, 2> bounds_of(const PulseResponse& measured, int device) {
    std::array<double, 2> bounds{INFINITY, -INFINITY};
    for (const auto& trains : measured.trains) {
        std::array<double, 2> sum{};
        double count = 0;
        for (const Train& train : trains) {
            if (train.device != device) continue;
            const std::array<double, 2> ends = ends_of(train);
            sum[0] += ends[0], sum[1] += ends[1], ++count;
        }
        if (count == 0) continue;
        bounds = {std::min(bounds[0], sum[0] / count), std::max(bounds[1], sum[1] / count)};
    }
    return bounds;
}

}  // namespace

Shares shares_of(const PulseResponse& measured) {
    Shares shares{measured.trains, {}, 0};
    int devices = 0;
    for (const auto& trains : measured.trains)
        for (const Train& train : trains)
            devices = std::max(devices, train.device + 1);
    for (int device = 0; device < devices; ++device)
        shares.bounds.push_back(bounds_of(measured, device));
    for (auto& trains : shares.trains)
        for (Train& train : trains) {
            const auto [low, high] = shares.bounds[static_cast<std::size_t>(train.device)];
            for (auto& [pulse, g] : train.points)
                g = high > low ? (g - low) / (high - low) : 0;
            shares.count += train.points.size();
        }
    return shares;
}

double Model::step(std::size_t side, double share) const {
    const double x = std::clamp((share + below) / range(), 0.0, 1.0);
    const Pulse pulse = side == 0 ? Pulse::set : Pulse::reset;
    return range() * (curve.family == StepFamily::label
                          ? label_step_at(label_a[side], curve.states, pulse, x)
                          : step_at(curve, pulse, x));
}

double Model::after(std::size_t side, double share, double pulses) const {
    const auto n = static_cast<long>(std::lround(pulses));
    for (long i = 0; i < n; ++i) {
        const double by = step(side, share);
        if (by < 1e-12) break;
        share = side == 0 ? std::max(share, std::min(share + by, 1 + above))
                          : std::min(share, std::max(share - by, -below));
    }
    return share;
}

std::vector<std::pair<double, double>> train_of(
    const Model& model, std::size_t side, double start,
    const std::vector<std::pair<double, double>>& like) {
    auto train = like;
    train.front().second = start;
    for (std::size_t i = 1; i < train.size(); ++i)
        train[i].second =
            model.after(side, train[i - 1].second, train[i].first - train[i - 1].first);
    return train;
}

const Family& family_of(StepFamily family) {
    // The widest gammas and As that published devices come near to. Where a device runs into its
    // bounds they are seen, and not quite the ends of the range that was measured.
    constexpr Parameter lower{"lower bound", 1, -99, 99}, upper{"upper bound", 0, -99, 99};
    static const std::vector<Family> list = {
        {StepFamily::constant, true, {lower, upper}, {{0, 0}}},
        {StepFamily::linear,
         true,
         {lower, upper, {"gamma", 0, 0, 20}, {"gamma", 1, 0, 20}},
         {{0, 0, 0.5, 0.5}, {0, 0, 2, 2}}},
        {StepFamily::soft_bounds,
         true,
         {{"lower bound", 1, -2, 2}, {"upper bound", 0, -2, 2}},
         {{0.5, 0.5}, {1, 1}}},
        {StepFamily::exponential,
         true,
         {lower,
          upper,
          {"A", 0, -50, 50},
          {"A", 1, -50, 50},
          {"gamma", 0, -50, 50},
          {"gamma", 1, -50, 50}},
         {{0, 0, 0.5, 0.5, 2, 2}, {0, 0, -0.5, -0.5, -2, -2}, {0, 0, -5, -5, -8, -8}}},
        {StepFamily::power,
         true,
         {lower, upper, {"gamma", 0, 0, 20}, {"gamma", 1, 0, 20}},
         {{0, 0, 0.5, 0.5}, {0, 0, 2, 2}}},
        {StepFamily::label,
         false,
         {{"label", 0, -9, 9}, {"label", 1, -9, 9}},
         {{1, -1}, {4, -4}, {-1, 1}}}};
    return *std::find_if(list.begin(), list.end(),
                         [family](const Family& f) { return f.family == family; });
}

Model model_of(const Family& family, const Parameters& p, bool both) {
    Model m;
    m.curve.family = family.family;
    m.curve.pulse = std::clamp(std::exp(p[0]), 1e-6, 20.0);
    m.curve.asymmetry = both && family.leans ? std::tanh(p[1]) : 0;
    const auto bounded = [&](std::size_t i) {
        return std::clamp(p[i + 2], family.parameters[i].low, family.parameters[i].high);
    };
    const auto pair_at = [&](std::size_t i) {
        return std::array<double, 2>{bounded(i), bounded(both ? i + 1 : i)};
    };
    if (family.family != StepFamily::label) {
        // Without ends, at which a descent would stick.
        const bool soft = family.family == StepFamily::soft_bounds;
        const auto beyond = [&](std::size_t i) {
            return soft ? std::pow(bounded(i), 2) - 0.1 : 0.1 * std::tanh(p[i + 2]);
        };
        m.below = both ? beyond(0) : 0;
        m.above = beyond(1);
    }
    if (family.family == StepFamily::linear || family.family == StepFamily::power)
        m.curve.gamma = pair_at(2);
    if (family.family == StepFamily::exponential) {
        m.curve.scale = pair_at(2);
        m.curve.gamma = pair_at(4);
        m.curve.stretch = 0.5;
    }
    if (family.family == StepFamily::label) {
        // A label has no step of its own: as many states as pulses cross the range.
        m.curve.states = std::clamp(2 / m.curve.pulse, 2.0, 1e5);
        m.curve.label = {bounded(0), both ? bounded(1) : -bounded(0)};
        for (std::size_t i = 0; i < 2; ++i)
            m.label_a[i] =
                std::abs(m.curve.label[i]) < 0.001 ? 0 : label_parameter(m.curve.label[i]);
    }
    return m;
}

std::vector<std::string> at_limits(const Family& family, const Parameters& p, bool both) {
    std::vector<std::string> names;
    const auto ends = [&](const std::string& name, double value, double low, double high) {
        // 0 is where a family becomes a simpler one, and no limit.
        if ((value <= low && low != 0) || value >= high) names.push_back(name);
    };
    constexpr double published = 20;  // no A and no gamma of a published device is larger
    ends(family.family == StepFamily::label ? "states" : "pulse", p[0], std::log(1e-6),
         std::log(family.family == StepFamily::label ? 1.0 : 20.0));
    if (both && family.leans) ends("asymmetry", std::tanh(p[1]), -0.999, 0.999);
    for (std::size_t i = 0; i < family.parameters.size(); ++i) {
        const Parameter& parameter = family.parameters[i];
        if ((!both && parameter.sides == 1) || corrects_range(parameter)) continue;
        ends(std::string(parameter.name) + (parameter.sides == 0 ? " of SET" : " of RESET"),
             p[i + 2], std::max(parameter.low, -published), std::min(parameter.high, published));
    }
    return names;
}

}  // namespace crossbar
