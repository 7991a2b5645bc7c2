#include "crossbar/curve_fit.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "crossbar/check.hpp"

namespace crossbar {
namespace {

using Parameters = std::vector<double>;

// Measured points in shares of the measured range.
struct Data {
    PulseResponse shares;
    double low, range;
    std::size_t count = 0;

    explicit Data(const PulseResponse& measured) : shares(measured) {
        low = INFINITY;
        double high = -INFINITY;
        for (const auto& train : measured.trains)
            for (const auto& [pulse, g] : train) {
                low = std::min(low, g);
                high = std::max(high, g);
                ++count;
            }
        range = high - low;
        for (auto& train : shares.trains)
            for (auto& [pulse, g] : train)
                g = (g - low) / range;
    }
};

// A curve whose bounds lie `below` and `above` the measured range, in shares of it.
struct Model {
    Curve curve;
    double below = 0, above = 0;
    std::array<double, 2> label_a{};  // of its labels, found once

    double step(Pulse side, double share) const {
        const double range = 1 + below + above;
        const double x = std::clamp((share + below) / range, 0.0, 1.0);
        const std::size_t i = side == Pulse::set ? 0 : 1;
        return range * (curve.family == StepFamily::label
                            ? label_step_at(label_a[i], curve.states, side, x)
                            : step_at(curve, side, x));
    }
    double after(Pulse side, double share, double pulses) const {
        const auto n = static_cast<int>(std::lround(pulses));
        for (int i = 0; i < n; ++i) {
            const double by = step(side, share);
            share += side == Pulse::set ? by : -by;
            share = std::clamp(share, -below, 1 + above);
        }
        return share;
    }
};

std::vector<std::pair<double, double>> train_of(const Model& model, Pulse side,
                                                std::vector<std::pair<double, double>> train) {
    for (std::size_t i = 1; i < train.size(); ++i)
        train[i].second =
            model.after(side, train[i - 1].second, train[i].first - train[i - 1].first);
    return train;
}

double squares(const Model& model, const Data& data) {
    double sum = 0;
    for (const Pulse side : {Pulse::set, Pulse::reset}) {
        const auto& measured = data.shares.trains[side == Pulse::set ? 0 : 1];
        const auto fitted = train_of(model, side, measured);
        for (std::size_t i = 0; i < measured.size(); ++i)
            sum += std::pow(fitted[i].second - measured[i].second, 2);
    }
    return std::isfinite(sum) ? sum : 1e9;
}

// The simplex of Nelder and Mead (1965), with their coefficients.
class Simplex {
  public:
    Simplex(std::function<double(const Parameters&)> cost, const Parameters& start, double size)
        : cost_(std::move(cost)) {
        add(start);
        for (std::size_t i = 0; i < start.size(); ++i) {
            Parameters corner = start;
            corner[i] += size;
            add(corner);
        }
    }
    std::pair<double, Parameters> run(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            std::sort(corners_.begin(), corners_.end());
            step();
        }
        return *std::min_element(corners_.begin(), corners_.end());
    }

  private:
    using Corner = std::pair<double, Parameters>;

    void add(const Parameters& p) { corners_.emplace_back(cost_(p), p); }
    // From the worst corner through the centre of the others, `along` times as far.
    Corner through(double along) const {
        const Parameters& worst = corners_.back().second;
        Parameters p(worst.size());
        for (std::size_t i = 0; i < p.size(); ++i) {
            double centre = 0;
            for (std::size_t k = 0; k + 1 < corners_.size(); ++k)
                centre += corners_[k].second[i] / static_cast<double>(corners_.size() - 1);
            p[i] = centre + along * (centre - worst[i]);
        }
        return {cost_(p), p};
    }
    void step() {
        const Corner mirrored = through(1);
        if (mirrored.first < corners_.front().first) {
            const Corner farther = through(2);
            corners_.back() = farther.first < mirrored.first ? farther : mirrored;
        } else if (mirrored.first < corners_[corners_.size() - 2].first) {
            corners_.back() = mirrored;
        } else {
            const Corner nearer = through(mirrored.first < corners_.back().first ? 0.5 : -0.5);
            if (nearer.first < corners_.back().first)
                corners_.back() = nearer;
            else
                shrink();
        }
    }
    void shrink() {
        for (std::size_t k = 1; k < corners_.size(); ++k) {
            Parameters& p = corners_[k].second;
            for (std::size_t i = 0; i < p.size(); ++i)
                p[i] = (p[i] + corners_.front().second[i]) / 2;
            corners_[k].first = cost_(p);
        }
    }

    std::function<double(const Parameters&)> cost_;
    std::vector<Corner> corners_;
};

// Parameters of a family without bounds of their own to a curve within those of a target file. The
// first two are always the logarithm of the step, and the asymmetry.
Model model_of(StepFamily family, const Parameters& p) {
    Model m;
    m.curve.family = family;
    m.curve.pulse = std::clamp(std::exp(p[0]), 1e-6, 20.0);
    m.curve.asymmetry = std::tanh(p[1]);
    const auto bounded = [&](std::size_t i, double low, double high) {
        return std::clamp(p[i], low, high);
    };
    if (family == StepFamily::linear) m.curve.gamma = {bounded(2, 0, 20), bounded(3, 0, 20)};
    if (family == StepFamily::power) m.curve.gamma = {bounded(2, 0, 20), bounded(3, 0, 20)};
    if (family == StepFamily::soft_bounds) {
        m.below = std::min(p[2] * p[2], 4.0);
        m.above = std::min(p[3] * p[3], 4.0);
    }
    if (family == StepFamily::exponential) {
        m.curve.scale = {bounded(2, -50, 50), bounded(3, -50, 50)};
        m.curve.gamma = {bounded(4, -50, 50), bounded(5, -50, 50)};
        m.curve.stretch = 0.5;
    }
    if (family == StepFamily::label) {
        // A label has no step of its own: as many states as pulses cross the range.
        m.curve.asymmetry = 0;
        m.curve.states = std::clamp(2 / m.curve.pulse, 2.0, 1e5);
        m.curve.label = {bounded(2, -9, 9), bounded(3, -9, 9)};
        for (std::size_t i = 0; i < 2; ++i)
            m.label_a[i] =
                std::abs(m.curve.label[i]) < 0.001 ? 0 : label_parameter(m.curve.label[i]);
    }
    return m;
}

struct Family {
    StepFamily family;
    std::vector<Parameters> starts;  // behind the first two parameters
};

const std::vector<Family>& families() {
    static const std::vector<Family> list = {
        {StepFamily::constant, {{}}},
        {StepFamily::linear, {{0.5, 0.5}, {2, 2}}},
        {StepFamily::soft_bounds, {{0.3, 0.3}, {1, 1}}},
        {StepFamily::exponential, {{0.5, 0.5, 2, 2}, {-0.5, -0.5, -2, -2}}},
        {StepFamily::power, {{0.5, 0.5}, {2, 2}}},
        {StepFamily::label, {{1, -1}, {4, -4}, {-1, 1}}}};
    return list;
}

double usual_step(const Data& data) {
    double sum = 0, pulses = 0;
    for (const auto& train : data.shares.trains) {
        sum += std::abs(train.back().second - train.front().second);
        pulses += train.back().first - train.front().first;
    }
    return std::max(2 * sum / pulses, 1e-5);
}

Model fit_family(const Family& family, const Data& data) {
    const auto cost = [&](const Parameters& p) {
        return squares(model_of(family.family, p), data);
    };
    std::pair<double, Parameters> best{INFINITY, {}};
    for (const Parameters& start : family.starts) {
        Parameters p{std::log(usual_step(data)), 0};
        p.insert(p.end(), start.begin(), start.end());
        // From a fresh simplex again, because one may have collapsed on its way.
        for (const double size : {0.5, 0.2, 0.05})
            p = Simplex(cost, p, size).run(60 * static_cast<int>(p.size())).second;
        best = std::min(best, {cost(p), p});
    }
    return model_of(family.family, best.second);
}

// Mean steps over equal parts of the range: no formula at all.
Model table_of_steps(const Data& data, std::size_t parts) {
    Model m;
    m.curve.family = StepFamily::table;
    for (std::size_t side = 0; side < 2; ++side) {
        const auto& train = data.shares.trains[side];
        std::vector<double> sum(parts, 0), count(parts, 0);
        for (std::size_t i = 1; i < train.size(); ++i) {
            const double pulses = train[i].first - train[i - 1].first;
            const double middle = (train[i].second + train[i - 1].second) / 2;
            const double by = train[i].second - train[i - 1].second;
            const auto part =
                std::min(static_cast<std::size_t>(middle * static_cast<double>(parts)), parts - 1);
            sum[part] += side == 0 ? by : -by;
            count[part] += pulses;
        }
        for (std::size_t i = 0; i < parts; ++i)
            if (count[i] > 0)
                m.curve.points[side].emplace_back(
                    (static_cast<double>(i) + 0.5) / static_cast<double>(parts),
                    std::clamp(sum[i] / count[i], 0.0, 1.0));
    }
    return m;
}

// Of single pulses around the fitted step from where they began.
double noise_of(const Model& model, const Data& data) {
    double sum = 0, count = 0;
    for (const Pulse side : {Pulse::set, Pulse::reset}) {
        const auto& train = data.shares.trains[side == Pulse::set ? 0 : 1];
        for (std::size_t i = 1; i < train.size(); ++i) {
            const double pulses = train[i].first - train[i - 1].first;
            const double wanted = model.after(side, train[i - 1].second, pulses);
            sum += std::pow(train[i].second - wanted, 2) / std::max(pulses, 1.0);
            ++count;
        }
    }
    return std::sqrt(sum / std::max(count, 1.0)) / (1 + model.below + model.above);
}

CurveFit result_of(const Model& model, const Data& data, std::size_t parameters) {
    CurveFit fit;
    fit.curve = model.curve;
    fit.low = data.low - model.below * data.range;
    fit.high = data.low + (1 + model.above) * data.range;
    fit.residual = std::sqrt(squares(model, data) / static_cast<double>(data.count));
    fit.cycle_noise = std::min(noise_of(model, data), 1.0);
    fit.parameters = parameters;
    for (std::size_t side = 0; side < 2; ++side) {
        fit.fitted.trains[side] =
            train_of(model, side == 0 ? Pulse::set : Pulse::reset, data.shares.trains[side]);
        for (auto& [pulse, share] : fit.fitted.trains[side])
            share = data.low + share * data.range;
    }
    return fit;
}

}  // namespace

std::vector<CurveFit> fit_curves(const PulseResponse& measured) {
    const Data data(measured);
    std::vector<CurveFit> fits;
    for (const Family& family : families())
        fits.push_back(result_of(
            fit_family(family, data), data,
            2 + family.starts.front().size() - (family.family == StepFamily::label ? 1 : 0)));
    const std::size_t parts = std::clamp<std::size_t>(data.count / 16, 2, 10);
    const Model table = table_of_steps(data, parts);
    fits.push_back(
        result_of(table, data, table.curve.points[0].size() + table.curve.points[1].size()));
    const auto criterion = [&](const CurveFit& fit) {
        return 2 * static_cast<double>(data.count) * std::log(fit.residual + 1e-9) +
               2 * static_cast<double>(fit.parameters);
    };
    std::stable_sort(fits.begin(), fits.end(), [&](const CurveFit& a, const CurveFit& b) {
        return criterion(a) < criterion(b);
    });
    return fits;
}

}  // namespace crossbar
