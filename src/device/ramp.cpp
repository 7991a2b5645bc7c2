// Least squares for ramps over stretches of readings, with sums that stretches share.
#include "device/ramp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace crossbar {
namespace {

constexpr std::array<double, 11> rates = {0, 1, -1, 2.5, -2.5, 6, -6, 15, -15, 40, -40};
constexpr std::size_t most_candidates = 256;  // of a turn, before it is looked for more closely

// Three numbers by elimination; a pivot that vanishes gives 0.
std::array<double, 3> solved(std::array<std::array<double, 4>, 3> m, std::size_t n) {
    std::array<double, 3> x{};
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = k + 1; i < n; ++i) {
            const double by = m[k][k] > 1e-12 ? m[i][k] / m[k][k] : 0;
            for (std::size_t j = k; j < 4; ++j)
                m[i][j] -= by * m[k][j];
        }
    for (std::size_t k = n; k-- > 0;) {
        double sum = m[k][3];
        for (std::size_t j = k + 1; j < n; ++j)
            sum -= m[k][j] * x[j];
        x[k] = m[k][k] > 1e-12 ? sum / m[k][k] : 0;
    }
    return x;
}

// 1, u, and the square or the exponential of u, which is 0 to 1. Shapes that fall with u are made
// by a factor each, for an exponential a reading costs time.
class Shape {
  public:
    Shape(double rate, std::size_t n)
        : rate_(rate),
          by_(1.0 / static_cast<double>(std::max<std::size_t>(n, 2) - 1)),
          factor_(std::exp(-std::abs(rate) * by_)),
          last_(std::exp(-std::abs(rate))) {}
    // Called once for each reading, in turn.
    std::array<double, 3> next() {
        const std::array<double, 3> b{1, u_, rate_ == 0 ? u_ * u_ : rate_ > 0 ? fall_ : rise_};
        u_ += by_;
        fall_ *= factor_;
        rise_ = rate_ < 0 ? std::min(1.0, (rise_ == 0 ? last_ : rise_) / factor_) : 0;
        return b;
    }

  private:
    double rate_, by_, factor_, last_, u_ = 0, fall_ = 1, rise_ = rate_ < 0 ? last_ : 0;
};

struct Fit {
    double squares, rate;
    std::array<double, 3> by;
};

Fit fit_shape(std::span<const double> readings, double rate, std::size_t terms) {
    std::array<std::array<double, 4>, 3> m{};
    const double middle = readings[readings.size() / 2];  // for digits
    double all = 0;
    Shape shape(rate, readings.size());
    for (const double reading : readings) {
        const std::array<double, 3> b = shape.next();
        const double y = reading - middle;
        for (std::size_t i = 0; i < terms; ++i) {
            for (std::size_t j = i; j < terms; ++j)
                m[i][j] += b[i] * b[j];
            m[i][3] += b[i] * y;
        }
        all += y * y;
    }
    for (std::size_t i = 0; i < terms; ++i)
        for (std::size_t j = 0; j < i; ++j)
            m[i][j] = m[j][i];
    std::array<double, 3> by = solved(m, terms);
    double squares = all;
    for (std::size_t i = 0; i < terms; ++i)
        squares -= by[i] * m[i][3];
    by[0] += middle;
    return {std::max(squares, 0.0), rate, by};
}

Fit best_shape(std::span<const double> readings) {
    if (readings.size() < 6)
        return fit_shape(readings, 0, std::min<std::size_t>(readings.size(), 2));
    Fit best = fit_shape(readings, rates[0], 3);
    for (std::size_t k = 1; k < rates.size(); ++k)
        if (const Fit fit = fit_shape(readings, rates[k], 3); fit.squares < best.squares)
            best = fit;
    // Halfway to the neighbours in the grid, and closer.
    for (double by = std::sqrt(std::sqrt(6.0)); by > 1.05 && best.rate != 0; by = std::sqrt(by))
        for (const double rate : {best.rate * by, best.rate / by})
            if (const Fit fit = fit_shape(readings, rate, 3); fit.squares < best.squares)
                best = fit;
    return best;
}

// Means over `width` readings on each side at most.
std::vector<double> smoothed(std::span<const double> readings, std::size_t width) {
    std::vector<double> sums(readings.size() + 1, 0), means;
    for (std::size_t i = 0; i < readings.size(); ++i)
        sums[i + 1] = sums[i] + readings[i];
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const std::size_t half = std::min({width, i, readings.size() - 1 - i});
        means.push_back((sums[i + half + 1] - sums[i - half]) / static_cast<double>(2 * half + 1));
    }
    return means;
}

// Highest and lowest points by turns, each way between them at least `least`.
std::vector<std::size_t> extremes(const std::vector<double>& y, double least) {
    std::vector<std::size_t> places;
    std::size_t high = 0, low = 0;
    int way = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (y[i] > y[high]) high = i;
        if (y[i] < y[low]) low = i;
        if (way >= 0 && y[high] - y[i] >= least) {
            if (way > 0) places.push_back(high);
            way = -1, low = i;
        } else if (way <= 0 && y[i] - y[low] >= least) {
            if (way < 0) places.push_back(low);
            way = 1, high = i;
        }
    }
    return places;
}

// The turn between first + 3 and end - 3 with the least squares on both sides.
std::size_t best_turn(std::span<const double> readings, std::size_t first, std::size_t end) {
    const std::size_t from = first + 3, to = end - 3;
    std::size_t low = from, high = to, stride = (to - from) / most_candidates + 1;
    std::size_t best = (from + to) / 2;
    while (true) {
        double least = INFINITY;
        for (std::size_t t = low; t <= high; t += stride) {
            const double squares = ramp_squares(readings.subspan(first, t - first)) +
                                   ramp_squares(readings.subspan(t, end - t));
            // Of equals the last: the highest reading belongs to both trains, and to the first.
            if (squares <= least * (1 + 1e-9)) least = std::min(least, squares), best = t;
        }
        if (stride == 1) return best;
        low = std::max(from, best - std::min(best, stride));
        high = std::min(to, best + stride);
        stride = (high - low) / most_candidates + 1;
    }
}

// Behind the largest step from one reading to the next.
std::size_t behind_jump(std::span<const double> readings, std::size_t from, std::size_t to) {
    std::size_t best = to;
    for (std::size_t i = from > 1 ? from - 1 : 1; i <= std::min(to + 1, readings.size() - 1); ++i)
        if (std::abs(readings[i] - readings[i - 1]) > std::abs(readings[best] - readings[best - 1]))
            best = i;
    return best;
}

double squares_of(std::span<const double> readings, const std::vector<std::size_t>& starts) {
    double sum = 0;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : readings.size();
        sum += ramp_squares(readings.subspan(starts[i], end - starts[i]));
    }
    return sum;
}

// Trains that begin anew every readings / cycles, the second of each cycle behind `turn` readings.
std::vector<std::size_t> cycles_with(std::size_t turn, std::size_t cycles, std::size_t trains,
                                     std::size_t readings) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < trains; ++i)
        starts.push_back(i / 2 * readings / cycles + (i % 2) * turn);
    return starts;
}

// The same number of trains with the turn at one place in all cycles, best in the middle, where it
// leaves hardly more than these.
std::vector<std::size_t> equal_cycles(std::span<const double> readings,
                                      const std::vector<std::size_t>& found) {
    const std::size_t n = readings.size(), trains = found.size(), cycles = trains / 2;
    if (trains % 2 == 1 || n % cycles != 0) return found;
    const auto [low, high] = std::minmax_element(readings.begin(), readings.end());
    const double spare = 1 + 6 * static_cast<double>(trains) / static_cast<double>(n);
    const double most = spare * squares_of(readings, found) +
                        static_cast<double>(n) * std::pow(2e-3 * (*high - *low), 2);
    const std::size_t period = n / cycles;
    if (auto even = cycles_with((period + 1) / 2, cycles, trains, n);
        squares_of(readings, even) <= most)
        return even;
    std::vector<std::size_t> best = found;
    double least = most;
    for (std::size_t i = 0; i < cycles; ++i) {
        auto starts = cycles_with(found[2 * i + 1] - found[2 * i], cycles, trains, n);
        if (const double squares = squares_of(readings, starts); squares < least)
            least = squares, best = starts;
    }
    return best;
}

}  // namespace

Ramp fit_ramp(std::span<const double> readings) {
    if (readings.empty()) return {};
    const Fit fit = best_shape(readings);
    Ramp ramp{fit.squares, {}};
    Shape shape(fit.rate, readings.size());
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const std::array<double, 3> b = shape.next();
        ramp.values.push_back(fit.by[0] + fit.by[1] * b[1] + fit.by[2] * b[2]);
    }
    return ramp;
}

double ramp_squares(std::span<const double> readings) {
    return readings.empty() ? 0 : best_shape(readings).squares;
}

double roughness(std::span<const double> readings) {
    // Second differences of a smooth curve are small; those of noise have six times its variance.
    std::vector<double> sizes;
    for (std::size_t i = 2; i < readings.size(); ++i)
        sizes.push_back(std::abs(readings[i] - 2 * readings[i - 1] + readings[i - 2]));
    if (sizes.empty()) return 0;
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    return *middle / 0.6745 / std::sqrt(6.0);
}

std::vector<std::size_t> train_starts(std::span<const double> readings, double part) {
    std::vector<std::size_t> starts{0};
    if (readings.size() < 8) return starts;
    const std::size_t width = std::max<std::size_t>(readings.size() / 60, 1);
    const std::vector<double> smooth = smoothed(readings, width);
    const auto [low, high] = std::minmax_element(smooth.begin(), smooth.end());
    const double noise = roughness(readings) / std::sqrt(static_cast<double>(2 * width + 1));
    const std::vector<std::size_t> turns =
        extremes(smooth, std::max(part * (*high - *low), 7 * noise));
    for (std::size_t i = 0; i < turns.size(); ++i) {
        // Up and down within a few readings is no train: a device was set back between two.
        if (i + 1 < turns.size() && turns[i + 1] - turns[i] < 2 * width + 3) {
            starts.push_back(behind_jump(readings, turns[i], turns[i + 1]));
            ++i;
            continue;
        }
        // Between the middles of the trains on both sides.
        const std::size_t before = i == 0 ? 0 : (turns[i - 1] + turns[i]) / 2;
        const std::size_t behind =
            i + 1 < turns.size() ? (turns[i] + turns[i + 1] + 1) / 2 : readings.size();
        if (behind - before >= 8) starts.push_back(best_turn(readings, before, behind));
    }
    if (starts.size() < 2) return starts;
    for (int work = 0; work < 2; ++work)
        for (std::size_t i = 1; i < starts.size(); ++i) {
            const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : readings.size();
            if (end - starts[i - 1] >= 8) starts[i] = best_turn(readings, starts[i - 1], end);
        }
    return equal_cycles(readings, starts);
}

}  // namespace crossbar
