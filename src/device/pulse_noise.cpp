// Splits the variance of differences between readings into what stays and what does not.
#include "device/pulse_noise.hpp"

#include <algorithm>
#include <cmath>

namespace crossbar {
namespace {

constexpr double none = -30;  // logarithm of a variance that is not there

// Logarithms of variances: of a pulse, of a pulse relative to its squared step, of a reading.
using Variances = std::array<double, 3>;
using Which = std::array<bool, 3>;
constexpr std::size_t writing = 0, spread = 1, reading = 2;

double variance(double logarithm) {
    return logarithm <= none ? 0 : std::exp(logarithm);
}

class Likelihood {
  public:
    Likelihood(const Model& model, const Shares& shares) : model_(model), shares_(shares) {}

    // Logarithm, but for a constant.
    double operator()(const Variances& v) const {
        double sum = 0;
        for (std::size_t side = 0; side < 2; ++side)
            for (const Train& train : shares_.trains[side])
                sum += of_train(train, side, v);
        return sum;
    }

    // Pulses that miss do so each for itself, where a curve of the wrong shape misses by much the
    // same from one to the next: the standard deviation of a pulse that differences of misses
    // allow.
    double irregular() const {
        double squares = 1e-14, count = 0;
        for (std::size_t side = 0; side < 2; ++side)
            for (const Train& train : shares_.trains[side])
                for (std::size_t i = 2; i < train.points.size(); ++i, ++count)
                    squares += std::pow(miss(train, side, i) - miss(train, side, i - 1), 2) / 2;
        return std::sqrt(squares / std::max(count, 1.0));
    }

  private:
    // Of one pulse from the reading before.
    double miss(const Train& train, std::size_t side, std::size_t i) const {
        const double pulses = std::max(train.points[i].first - train.points[i - 1].first, 1.0);
        return (train.points[i].second - model_.after(side, train.points[i - 1].second, pulses)) /
               std::sqrt(pulses);
    }
    double of_train(const Train& train, std::size_t side, const Variances& v) const {
        const double by_pulse = variance(v[writing]), by_step = variance(v[spread]);
        const double by_reading = variance(v[reading]);
        double at = train.points.front().second, unsure = by_reading, sum = 0;
        for (std::size_t i = 1; i < train.points.size(); ++i) {
            const double pulses = std::max(train.points[i].first - train.points[i - 1].first, 0.0);
            const double step = model_.step(side, at);
            const double slope = 1 + (model_.step(side, at + 5e-3) - model_.step(side, at - 5e-3)) *
                                         (side == 0 ? 100 : -100);
            const double kept = std::pow(std::clamp(slope, 0.0, 2.0), pulses);
            at = model_.after(side, at, pulses);
            unsure =
                std::min(kept * kept * unsure, 1e6) + pulses * (by_pulse + by_step * step * step);
            const double miss = train.points[i].second - at, all = unsure + by_reading + 1e-12;
            sum -= 0.5 * (miss * miss / all + std::log(all));
            at += unsure / all * miss;
            unsure *= by_reading / all;
        }
        return sum;
    }

    const Model& model_;
    const Shares& shares_;
};

struct Peak {
    double height;
    Variances at;
};

// The highest, by steps along one axis after the other that become shorter.
Peak highest(const Likelihood& likelihood, Variances at, const Which& free, double first = 2) {
    Peak peak{likelihood(at), at};
    for (double by = first; by > 0.02; by /= 2)
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t k = 0; k < at.size(); ++k)
                for (const double way : {by, -by}) {
                    if (!free[k]) continue;
                    Variances there = peak.at;
                    there[k] = std::clamp(there[k] + way, none + 2, 4.0);
                    if (const double height = likelihood(there); height > peak.height + 1e-6) {
                        peak = {height, there};
                        moved = true;
                    }
                }
        }
    return peak;
}

// How sharp the peak is along one axis, the others following: minus the second derivative.
double sharpness(const Likelihood& likelihood, const Peak& peak, std::size_t which,
                 const Which& free) {
    constexpr double by = 0.1;
    const auto at = [&](std::size_t i, double x, std::size_t k, double y) {
        Variances there = peak.at;
        there[i] += x, there[k] += y;
        return likelihood(there);
    };
    std::array<std::array<double, 3>, 3> h{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            if (free[i] && free[k])
                h[i][k] = i == k ? (2 * peak.height - at(i, by, i, 0) - at(i, -by, i, 0)) / by / by
                                 : (at(i, by, k, -by) + at(i, -by, k, by) - at(i, by, k, by) -
                                    at(i, -by, k, -by)) /
                                       (4 * by * by);
    for (std::size_t k = 0; k < 3; ++k) {
        if (k == which || !free[k] || h[k][k] <= 0) continue;
        const auto row = h[k];
        for (auto& other : h)
            for (std::size_t j = 0; &other != &h[k] && j < 3; ++j)
                if (j != k) other[j] -= other[k] * row[j] / row[k];
    }
    return h[which][which];
}

// Of a standard deviation that is there, by the sharpness of its peak; of one that is not, the most
// that the likelihood leaves within e^-1/2 of the peak.
double error_of(const Likelihood& likelihood, const Peak& peak, std::size_t which, Which free) {
    if (peak.at[which] > none) {
        free[which] = true;
        const double sharp = sharpness(likelihood, peak, which, free);
        const double value = std::exp(peak.at[which] / 2);
        return sharp > 0.25 ? value / 2 / std::sqrt(sharp) : value;
    }
    free[which] = false;
    double low = none + 2, high = 2;
    while (high - low > 0.3) {
        Variances at = peak.at;
        at[which] = (low + high) / 2;
        (highest(likelihood, at, free, 0.5).height < peak.height - 0.5 ? high : low) = at[which];
    }
    return std::exp(high / 2);
}

// Of the steps as they are, to begin with.
double usual(const Model& model, const Shares& shares) {
    double sum = 1e-12, count = 0;
    for (std::size_t side = 0; side < 2; ++side)
        for (const Train& train : shares.trains[side])
            for (std::size_t i = 1; i < train.points.size(); ++i, ++count) {
                const auto& [before, from] = train.points[i - 1];
                const auto& [pulse, to] = train.points[i];
                sum += std::pow(to - model.after(side, from, pulse - before), 2);
            }
    return std::log(sum / std::max(count, 1.0));
}

}  // namespace

PulseNoise noise_of(const Model& model, const Shares& shares, std::optional<double> known,
                    bool cycles, std::size_t numbers) {
    const Likelihood likelihood(model, shares);
    const double start = std::max(usual(model, shares), none + 3);
    const double read = known ? std::max(2 * std::log(*known + 1e-12), none + 1) : none;
    // One more kind of noise is believed where it earns half the logarithm of the readings
    // (Schwarz's criterion).
    const double price = 0.5 * std::log(static_cast<double>(shares.count));
    std::vector<std::pair<Variances, Which>> tries = {{{start, none, read}, {true, false, false}}};
    if (known)
        tries.push_back({{none, none, read}, {false, false, false}});
    else {
        tries.push_back({{none, none, start - 0.7}, {false, false, true}});
        tries.push_back({{start - 1, none, start - 1}, {true, false, true}});
    }
    if (cycles) {
        const double relative = start + 4;
        tries.push_back({{none, relative, read}, {false, true, false}});
        tries.push_back({{start - 1, relative, read}, {true, true, false}});
        if (!known) tries.push_back({{none, relative, start - 1}, {false, true, true}});
        if (!known) tries.push_back({{start - 1, relative, start - 1}, {true, true, true}});
    }
    // A fit to whole trains follows what pulses have written as far as its numbers let it, and so
    // makes noise of readings alone look more likely than it is.
    const double bias = 0.5 * static_cast<double>(numbers);
    double best = -INFINITY;
    Peak peak{};
    Which free{};
    for (const auto& [from, which] : tries) {
        const Peak found = highest(likelihood, from, which);
        const auto kinds = static_cast<double>(std::count(which.begin(), which.end(), true));
        if (const double worth = found.height - kinds * price - (which[reading] ? bias : 0);
            worth > best)
            best = worth, peak = found, free = which;
    }
    const auto estimate = [&](std::size_t which) {
        Which others = free;
        if (!known && peak.at[reading] > none) others[reading] = true;
        return Estimate{std::sqrt(variance(peak.at[which])),
                        error_of(likelihood, peak, which, others)};
    };
    PulseNoise noise{estimate(writing), {known.value_or(0), 0}, {}};
    if (const double most = likelihood.irregular(); most < 0.7 * noise.writing.value) {
        noise.writing.error *= most / noise.writing.value;
        noise.writing.value = most;
    }
    if (!known) noise.reading = estimate(reading);
    if (cycles) noise.spread = estimate(spread);
    return noise;
}

}  // namespace crossbar
