// Cuts the readings where a column says so, where numbers begin anew, or where the fit of two
// ramps is best.
#include "pulse_response/trains.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "device/ramp.hpp"

namespace crossbar::sim {
namespace {

// Each pulse of a fit is gone through thousands of times: so many take some ten seconds.
constexpr double most_pulses = 20000;

using Readings = std::vector<MeasuredPoint>;

// Numbers that are counted down, of a train that comes back, count its pulses all the same.
void count_upwards(Readings& readings) {
    for (std::size_t from = 1; from < readings.size();) {
        std::size_t to = from;
        while (to < readings.size() && readings[to].number < readings[to - 1].number)
            ++to;
        if (to - from >= 3) {
            const double base = 2 * readings[from - 1].number;
            for (std::size_t i = from; i < to; ++i)
                readings[i].number = base - readings[i].number;
        }
        from = std::max(to, from + 1);
    }
}

bool same_pulse(const MeasuredPoint& a, const MeasuredPoint& b) {
    return a.number == b.number && a.side == b.side && a.sign == b.sign && !b.begins;
}

// The readings of one pulse.
struct Point {
    MeasuredPoint first;
    int last_line;
    double mean, squares = 0, readings = 1;  // squares: around the mean
};

// Each reading a point, or where most pulses were read several times, each pulse.
std::vector<Point> points_of(const Readings& readings) {
    std::size_t again = 0;
    for (std::size_t i = 1; i < readings.size(); ++i)
        again += same_pulse(readings[i - 1], readings[i]);
    const bool repeated = again > 2 && 2 * again + 1 >= readings.size() - again;
    std::vector<Point> points;
    for (std::size_t from = 0; from < readings.size();) {
        std::size_t to = from + 1;
        while (repeated && to < readings.size() && same_pulse(readings[from], readings[to]))
            ++to;
        Point point{readings[from], readings[to - 1].line, 0};
        point.readings = static_cast<double>(to - from);
        for (std::size_t i = from; i < to; ++i)
            point.mean += readings[i].value / point.readings;
        for (std::size_t i = from; i < to; ++i)
            point.squares += std::pow(readings[i].value - point.mean, 2);
        points.push_back(point);
        from = to;
    }
    return points;
}

// Where the file says that a train begins: by sides, by text between, by numbers that do not rise.
std::vector<std::size_t> stated_starts(const std::vector<Point>& points) {
    std::vector<std::size_t> starts{0};
    for (std::size_t i = 1; i < points.size(); ++i) {
        const MeasuredPoint &a = points[i - 1].first, &b = points[i].first;
        if (b.begins || a.side != b.side || a.sign != b.sign || b.number <= a.number)
            starts.push_back(i);
    }
    return starts;
}

// And where readings turn, if nothing says which side they are of.
std::vector<std::size_t> all_starts(const std::vector<Point>& points) {
    const std::vector<std::size_t> stated = stated_starts(points);
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < stated.size(); ++i) {
        const std::size_t end = i + 1 < stated.size() ? stated[i + 1] : points.size();
        std::vector<double> values;
        for (std::size_t k = stated[i]; k < end; ++k)
            values.push_back(points[k].mean);
        const MeasuredPoint& first = points[stated[i]].first;
        if (first.side != Side::unknown || first.sign != 0) values.clear();
        // A piece of several is more likely a train of its own.
        for (const std::size_t start : train_starts(values, stated.size() > 1 ? 0.5 : 0.3))
            starts.push_back(stated[i] + start);
    }
    return starts;
}

// A first number of 1, or one that goes on from the train before, stands behind a pulse.
MeasuredTrain train_of(const std::vector<Point>& points, std::size_t from, std::size_t to,
                       bool counted) {
    const MeasuredPoint& first = points[from].first;
    MeasuredTrain train;
    train.side = first.side;
    train.sign = first.sign;
    train.first = first.line;
    train.last = points[to - 1].last_line;
    for (std::size_t i = from; i < to; ++i) {
        const Point& point = points[i];
        const double number = counted ? point.first.number - first.number
                              : point.readings > 1
                                  ? static_cast<double>(i - from)
                                  : static_cast<double>(point.first.row - first.row);
        train.points.emplace_back(number, point.mean);
        train.volts += point.first.volts / static_cast<double>(to - from);
        train.repeats = std::max(train.repeats, point.readings);
        train.repeat_squares += point.squares;
        train.repeat_count += point.readings - 1;
    }
    const bool on = from > 0 && first.number == points[from - 1].first.number + 1;
    train.pulses = train.points.back().first + (counted && (first.number == 1 || on) ? 1 : 0);
    return train;
}

}  // namespace

double MeasuredTrain::climb() const {
    const std::size_t part = std::max<std::size_t>(points.size() / 3, 1);
    double sum = 0;
    for (std::size_t i = 0; i < part; ++i)
        sum += points[points.size() - 1 - i].second - points[i].second;
    return sum / static_cast<double>(part);
}

std::vector<MeasuredTrain> trains_of(const std::string& file, const Layout& layout) {
    std::vector<MeasuredTrain> trains;
    for (std::size_t c = 0; c < layout.sequences.size(); ++c) {
        const Sequence& sequence = layout.sequences[c];
        if (sequence.readings.empty()) continue;
        Readings readings = sequence.readings;
        count_upwards(readings);
        const std::vector<Point> points = points_of(readings);
        const std::vector<std::size_t> starts = all_starts(points);
        for (std::size_t i = 0; i < starts.size(); ++i) {
            MeasuredTrain train =
                train_of(points, starts[i], i + 1 < starts.size() ? starts[i + 1] : points.size(),
                         layout.counted);
            train.device = sequence.device;
            train.column = c;
            if (train.pulses > most_pulses)
                fail(
                    "{}:{}: {:.6g} pulses in one train, expected at most {}; count in groups of "
                    "pulses",
                    file, train.last, train.pulses, most_pulses);
            trains.push_back(std::move(train));
        }
    }
    return trains;
}

}  // namespace crossbar::sim
