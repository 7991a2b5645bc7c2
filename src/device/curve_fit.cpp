// Fits every family, compares them by AICc, and tells how sure each number is.
#include "device/curve_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/least_squares.hpp"
#include "device/curve_model.hpp"
#include "device/pulse_noise.hpp"
#include "device/ramp.hpp"

namespace crossbar {
namespace {

std::vector<std::pair<std::size_t, const Train*>> all_trains(const Shares& shares) {
    std::vector<std::pair<std::size_t, const Train*>> all;
    for (std::size_t side = 0; side < 2; ++side)
        for (const Train& train : shares.trains[side])
            all.emplace_back(side, &train);
    return all;
}

// Parameters of a family, and where each train begins.
struct Found {
    Parameters parameters;
    std::vector<double> starts;
    double squares = INFINITY;
};

double usual_step(const Shares& shares) {
    double sum = 0, pulses = 0;
    for (const auto& [side, train] : all_trains(shares)) {
        sum += std::abs(train->points.back().second - train->points.front().second);
        pulses += train->points.back().first - train->points.front().first;
    }
    return std::clamp(2 * sum / std::max(pulses, 1.0), 1e-5, 2.0);
}

// Fits the parameters of `free` and the beginnings of all trains.
Found fit_from(const Family& family, const Shares& shares, const Parameters& start,
               const std::vector<std::size_t>& free, std::vector<double> starts) {
    const auto trains = all_trains(shares);
    const auto whole = [&](const std::vector<double>& p) {
        Parameters all = start;
        for (std::size_t i = 0; i < free.size(); ++i)
            all[free[i]] = p[i];
        return all;
    };
    LeastSquares problem;
    problem.shared = free.size();
    for (std::size_t t = 0; t < trains.size(); ++t)
        problem.owner.insert(problem.owner.end(), trains[t].second->points.size(), t);
    problem.residuals = [&](const std::vector<double>& p) {
        const Model model = model_of(family, whole(p), shares.both());
        std::vector<double> r;
        for (std::size_t t = 0; t < trains.size(); ++t) {
            const auto& [side, train] = trains[t];
            const auto fitted = train_of(model, side, p[free.size() + t], train->points);
            for (std::size_t i = 0; i < fitted.size(); ++i)
                r.push_back(fitted[i].second - train->points[i].second);
        }
        return r;
    };
    std::vector<double> p;
    for (const std::size_t i : free)
        p.push_back(start[i]);
    p.insert(p.end(), starts.begin(), starts.end());
    p = minimise(problem, p);
    const std::vector<double> r = problem.residuals(p);
    return {whole(p),
            {p.begin() + static_cast<std::ptrdiff_t>(free.size()), p.end()},
            std::inner_product(r.begin(), r.end(), r.begin(), 0.0)};
}

std::vector<double> first_readings(const Shares& shares) {
    std::vector<double> first;
    for (const auto& [side, train] : all_trains(shares))
        first.push_back(train->points.front().second);
    return first;
}

std::vector<std::size_t> free_parameters(const Family& family, bool both) {
    std::vector<std::size_t> free{0};
    if (both && family.leans) free.push_back(1);
    for (std::size_t i = 0; i < family.parameters.size(); ++i)
        if (both || family.parameters[i].sides != 1) free.push_back(i + 2);
    return free;
}

// Of the curve alone: small corrections of the range stand for no shape.
std::size_t shape_parameters(const Family& family, bool both) {
    const std::vector<std::size_t> free = free_parameters(family, both);
    return static_cast<std::size_t>(std::count_if(free.begin(), free.end(), [&](std::size_t i) {
        return i < 2 || !corrects_range(family.parameters[i - 2]);
    }));
}

Found fit_family(const Family& family, const Shares& shares) {
    Found best;
    for (const Parameters& start : family.starts) {
        Parameters p{std::log(usual_step(shares)), 0};
        p.insert(p.end(), start.begin(), start.end());
        Found found = fit_from(family, shares, p, free_parameters(family, shares.both()),
                               first_readings(shares));
        if (best.parameters.empty() || found.squares < best.squares) best = std::move(found);
    }
    return best;
}

// The points of a train, or of a smooth ramp through them where they are noisy: the step of a noisy
// reading is taken for one at a place where the device was not.
std::vector<std::pair<double, double>> smoothed(const Train& train) {
    auto points = train.points;
    std::vector<double> y;
    for (const auto& [pulse, share] : points)
        y.push_back(share);
    const Ramp ramp = fit_ramp(y);
    if (std::sqrt(ramp.squares / static_cast<double>(y.size())) < 0.005) return points;
    for (std::size_t i = 0; i < points.size(); ++i)
        points[i].second = ramp.values[i];
    return points;
}

// Mean steps over equal parts of the range: no formula at all.
Model table_of_steps(const Shares& shares) {
    Model m;
    m.curve.family = StepFamily::table;
    const std::size_t parts = std::clamp<std::size_t>(shares.count / 16, 2, 10);
    for (std::size_t side = 0; side < 2; ++side) {
        std::vector<double> sum(parts, 0), count(parts, 0);
        for (const Train& train : shares.trains[side]) {
            const auto points = smoothed(train);
            for (std::size_t i = 1; i < points.size(); ++i) {
                const double middle = (points[i].second + points[i - 1].second) / 2;
                const double by = points[i].second - points[i - 1].second;
                const auto part = static_cast<std::size_t>(std::clamp(middle, 0.0, 0.9999) *
                                                           static_cast<double>(parts));
                sum[part] += side == 0 ? by : -by;
                count[part] += points[i].first - points[i - 1].first;
            }
        }
        for (std::size_t i = 0; i < parts; ++i)
            if (count[i] > 0)
                m.curve.points[side].emplace_back(
                    (static_cast<double>(i) + 0.5) / static_cast<double>(parts),
                    std::clamp(sum[i] / count[i], 0.0, 1.0));
    }
    if (!shares.both())
        for (auto point = m.curve.points[0].rbegin(); point != m.curve.points[0].rend(); ++point)
            m.curve.points[1].emplace_back(1 - point->first, point->second);
    return m;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Standard deviation of a sample, and that of it.
Estimate deviation_of(const std::vector<double>& values) {
    const double mean = mean_of(values), n = static_cast<double>(values.size());
    double squares = 0;
    for (const double value : values)
        squares += std::pow(value - mean, 2);
    const double deviation = std::sqrt(squares / (n - 1));
    return {deviation, deviation / std::sqrt(2 * (n - 1))};
}

Shares of_device(const Shares& shares, std::size_t device) {
    Shares one = shares;
    one.count = 0;
    for (auto& trains : one.trains) {
        std::erase_if(trains, [device](const Train& train) {
            return static_cast<std::size_t>(train.device) != device;
        });
        for (const Train& train : trains)
            one.count += train.points.size();
    }
    return one;
}

// Each device's step alone is fitted anew, in conductance, since steps of a target do not follow
// the bounds of its devices.
void spread_between(const Family& family, const Found& found, const Shares& shares, CurveFit& fit) {
    if (shares.bounds.size() < 2) return;
    std::vector<double> steps;
    std::array<std::vector<double>, 2> bounds;
    const double range = fit.high - fit.low;
    for (std::size_t d = 0; d < shares.bounds.size(); ++d) {
        const auto [low, high] = shares.bounds[d];
        const Shares one = of_device(shares, d);
        const Found own = fit_from(family, one, found.parameters, {0}, first_readings(one));
        steps.push_back(own.parameters[0] + std::log(high - low));
        bounds[0].push_back(2 * low / range);
        bounds[1].push_back(2 * high / range);
    }
    fit.step_spread = deviation_of(steps);
    fit.bound_spread = {deviation_of(bounds[0]), deviation_of(bounds[1])};
}

CurveFit result_of(const Model& model, const std::vector<double>& starts, const Shares& shares,
                   std::size_t parameters, const PulseResponse& measured) {
    CurveFit fit;
    fit.curve = model.curve;
    fit.parameters = parameters;
    std::vector<double> low, high;
    for (const auto& bounds : shares.bounds)
        low.push_back(bounds[0]), high.push_back(bounds[1]);
    const double bottom = mean_of(low), range = mean_of(high) - bottom;
    fit.low = bottom - model.below * range;
    fit.high = bottom + (1 + model.above) * range;
    fit.fitted.trains = shares.trains;
    double squares = 0;
    std::size_t t = 0;
    for (std::size_t side = 0; side < 2; ++side)
        for (Train& train : fit.fitted.trains[side]) {
            const auto points = train.points;
            train.points = train_of(model, side, starts[t++], points);
            const auto [from, to] = shares.bounds[static_cast<std::size_t>(train.device)];
            for (std::size_t i = 0; i < points.size(); ++i) {
                squares += std::pow(train.points[i].second - points[i].second, 2);
                train.points[i].second = from + train.points[i].second * (to - from);
            }
        }
    const auto n = static_cast<double>(shares.count);
    fit.residual = std::sqrt(squares / n);
    const double k = static_cast<double>(parameters + starts.size()) + 1;
    // Below a thousandth of a per cent readings have no more digits.
    fit.criterion =
        n * std::log(squares / n + 1e-10) + 2 * k + 2 * k * (k + 1) / std::max(n - k - 1, 1.0);
    const std::size_t devices = shares.bounds.size();
    const bool cycles = std::max(shares.trains[0].size(), shares.trains[1].size()) > devices;
    std::optional<double> reading;
    if (measured.reading_noise) reading = *measured.reading_noise / range;
    const PulseNoise noise = noise_of(model, shares, reading, cycles, parameters + starts.size());
    // What the curve's parameters have taken up of it is given back.
    const double per = std::sqrt(n / std::max(n - k, n / 2)) / model.range();
    const auto scaled = [&](const Estimate& e) {
        return Estimate{std::min(e.value * per, 1.0), e.error * per};
    };
    fit.cycle_noise = scaled(noise.writing);
    fit.reading_noise = scaled(noise.reading);
    if (cycles) fit.cycle_spread = noise.spread;
    return fit;
}

CurveFit fit_shares(const PulseResponse& measured, const Shares& shares, StepFamily which) {
    if (which == StepFamily::table) {
        const Model model = table_of_steps(shares);
        const std::size_t points =
            model.curve.points[0].size() + (shares.both() ? model.curve.points[1].size() : 0);
        return result_of(model, first_readings(shares), shares, points, measured);
    }
    const Family& family = family_of(which);
    const Found found = fit_family(family, shares);
    CurveFit fit = result_of(model_of(family, found.parameters, shares.both()), found.starts,
                             shares, shape_parameters(family, shares.both()), measured);
    fit.at_limits = at_limits(family, found.parameters, shares.both());
    spread_between(family, found, shares, fit);
    return fit;
}

}  // namespace

Lines lines_through(const PulseResponse& measured) {
    const Shares shares = shares_of(measured);
    double flat = 0, straight = 0;
    for (const auto& [side, train] : all_trains(shares)) {
        double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
        for (const auto& [pulse, g] : train->points)
            n += 1, x += pulse, y += g, xx += pulse * pulse, xy += pulse * g, yy += g * g;
        const double vx = xx - x * x / n, vy = yy - y * y / n, both = xy - x * y / n;
        flat += vy;
        straight += vx > 0 ? std::max(vy - both * both / vx, 0.0) : vy;
    }
    const auto n = static_cast<double>(shares.count);
    return {std::sqrt(straight / n), std::sqrt(flat / n)};
}

CurveFit fit_curve(const PulseResponse& measured, StepFamily family) {
    return fit_shares(measured, shares_of(measured), family);
}

std::vector<CurveFit> fit_curves(const PulseResponse& measured) {
    const Shares shares = shares_of(measured);
    std::vector<CurveFit> fits;
    for (const StepFamily family :
         {StepFamily::constant, StepFamily::linear, StepFamily::soft_bounds,
          StepFamily::exponential, StepFamily::power, StepFamily::label, StepFamily::table})
        fits.push_back(fit_shares(measured, shares, family));
    std::stable_sort(fits.begin(), fits.end(), [](const CurveFit& a, const CurveFit& b) {
        return a.criterion < b.criterion;
    });
    return fits;
}

std::optional<double> symmetry_point(const Curve& curve) {
    const auto lead = [&](double x) {
        return step_at(curve, Pulse::set, x) - step_at(curve, Pulse::reset, x);
    };
    double low = 0, high = 1;
    if (lead(low) == 0 && lead(high) == 0)
        return lead(0.5) == 0 ? std::optional(0.5) : std::nullopt;
    if (lead(low) <= 0 || lead(high) >= 0) return {};
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (lead(middle) > 0 ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace crossbar
