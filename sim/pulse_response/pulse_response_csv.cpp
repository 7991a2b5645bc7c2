// From a file to trains: encoding, sheet, grid, layout, units, trains, one after the other.
#include "pulse_response/pulse_response_csv.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "device/ramp.hpp"
#include "pulse_response/text_encoding.hpp"
#include "pulse_response/trains.hpp"

namespace crossbar::sim {
namespace {

using Trains = std::vector<MeasuredTrain>;

constexpr std::size_t fewest_points = 4;

std::string place_of(const Layout& layout, const MeasuredTrain& train) {
    const std::string& name = layout.sequences[train.column].name;
    const std::string column =
        name.empty() ? fmt::format("column {} of values", train.column + 1) : "'" + name + "'";
    return fmt::format("{}{} {} to {}", layout.columns ? column + ", " : "",
                       layout.across ? "columns" : "rows", train.first, train.last);
}

// By one unit for the file: siemens where that can be known.
void to_conductance(const std::string& file, Layout& layout, const MeasuredAs& as,
                    Measured& measured) {
    const std::optional<Unit> unit = as.unit ? as.unit : layout.unit;
    Quantity quantity = unit ? unit->quantity : layout.quantity;
    if (as.unit) layout.unit = as.unit, layout.quantity = quantity;
    measured.read_volts = as.read_volts ? as.read_volts : layout.read_volts;
    double scale = unit ? unit->scale : 1;
    std::size_t below = 0, all = 0;
    for (Sequence& sequence : layout.sequences)
        for (MeasuredPoint& reading : sequence.readings) {
            const double size = std::abs(reading.value);
            if (size != 0 && size < 1e-30)
                fail("{}:{}: {} is out of range, expected 1e-30 to 1e30", file, reading.line,
                     reading.value);
            ++all;
            below += reading.value < 0;
        }
    const bool negative = 10 * below > 9 * all;
    if (negative) measured.notes.push_back("values are negative: their absolute values are taken");
    if (quantity == Quantity::current && measured.read_volts) scale /= *measured.read_volts;
    for (Sequence& sequence : layout.sequences)
        for (MeasuredPoint& reading : sequence.readings) {
            if (negative) reading.value = std::abs(reading.value);
            if (quantity == Quantity::resistance && !(reading.value > 0))
                fail("{}:{}: a resistance of {}, expected more than 0", file, reading.line,
                     reading.value);
            reading.value = quantity == Quantity::resistance ? 1 / (reading.value * scale)
                                                             : reading.value * scale;
        }
    if (quantity == Quantity::resistance)
        measured.notes.push_back("resistances: conductance is 1 / R");
    if (quantity == Quantity::current && !measured.read_volts)
        measured.notes.push_back(
            "currents: only their shape is used; --read-volt X makes them conductances for [cost]");
    measured.siemens = unit && (quantity != Quantity::current || measured.read_volts);
}

bool looks_like_ohms(const Layout& layout) {
    if (layout.unit || layout.quantity != Quantity::unknown) return false;
    for (const Sequence& sequence : layout.sequences)
        for (const MeasuredPoint& reading : sequence.readings)
            if (reading.value < 500) return false;
    return true;
}

constexpr const char* ohms = "these look like ohms: --unit ohm takes 1 / R";

// Trains of one kind that rise less those that fall.
template <typename Is>
int lead(const Trains& trains, Is&& is) {
    int sum = 0;
    for (const MeasuredTrain& train : trains)
        if (is(train)) sum += train.climb() > 0 ? 1 : -1;
    return sum;
}

// How far two trains are from each other at the same place, root mean square.
double distance(const MeasuredTrain& a, const MeasuredTrain& b) {
    const std::size_t n = std::min(a.points.size(), b.points.size());
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += std::pow(a.points[i].second - b.points[i].second, 2);
    return std::sqrt(sum / static_cast<double>(n));
}

double roughness_of(const MeasuredTrain& train) {
    std::vector<double> values;
    for (const auto& [pulse, value] : train.points)
        values.push_back(value);
    return std::sqrt(fit_ramp(values).squares / static_cast<double>(values.size()));
}

// The train from its end, as it would have been measured downwards.
void turn_round(MeasuredTrain& train) {
    const double last = train.points.back().first;
    std::reverse(train.points.begin(), train.points.end());
    for (auto& [pulse, value] : train.points)
        pulse = last - pulse;
    train.side = Side::reset;
}

constexpr const char* turned_note =
    "RESET rises as SET does: it is taken as stored from its low end, and reversed";

// All rise: cycles of SET alone, or every other one RESET from its low end.
void sides_of_rising(const std::string& file, const Layout& layout, Trains& trains,
                     Measured& measured) {
    for (MeasuredTrain& train : trains)
        train.side = Side::set;
    if (trains.size() < 2 || layout.columns || trains.size() % 2 == 1) return;
    const double range = std::abs(trains[0].climb());
    const double noise = 2.5 * (roughness_of(trains[0]) + roughness_of(trains[1]));
    const double apart = distance(trains[0], trains[1]);
    if (apart <= noise + 0.01 * range) return;
    for (std::size_t i = 2; i < trains.size(); ++i)
        if (distance(trains[i], trains[i % 2]) > 0.5 * apart)
            fail(
                "{}: all {} trains rise, and differ; expected SET up and RESET down; name the "
                "direction in a column (set, reset)",
                file, trains.size());
    for (std::size_t i = 1; i < trains.size(); i += 2)
        turn_round(trains[i]);
    measured.notes.push_back(turned_note);
}

// Signs, +1 and -1 or those of volts, part the trains; which of them is SET follows from the way.
void sides_by_sign(Trains& trains) {
    const int plus = lead(trains, [](const MeasuredTrain& t) { return t.sign > 0; });
    const int minus = lead(trains, [](const MeasuredTrain& t) { return t.sign < 0; });
    if (plus == 0 || minus == 0 || (plus > 0) == (minus > 0)) return;
    for (MeasuredTrain& train : trains)
        if (train.sign != 0) train.side = (train.sign > 0) == (plus > 0) ? Side::set : Side::reset;
}

// What words call SET goes up, and what they call RESET down.
void check_sides(const std::string& file, const Layout& layout, Trains& trains,
                 Measured& measured) {
    const int set = lead(trains, [](const MeasuredTrain& t) { return t.side == Side::set; });
    const int reset = lead(trains, [](const MeasuredTrain& t) { return t.side == Side::reset; });
    const auto first = std::find_if(trains.begin(), trains.end(), [](const MeasuredTrain& t) {
        return t.side == Side::set && t.climb() <= 0;
    });
    if (set < 0)
        fail("{}: SET falls ({}), expected conductances that rise; {}", file,
             place_of(layout, *first),
             looks_like_ohms(layout) ? ohms
             : reset > 0
                 ? "SET and RESET may be exchanged, or these may be resistances (--unit ohm)"
                 : "these may be resistances (--unit ohm)");
    if (reset <= 0) return;
    if (set == 0)
        fail("{}: RESET rises; {}", file,
             looks_like_ohms(layout) ? ohms : "these may be resistances (--unit ohm)");
    for (MeasuredTrain& train : trains)
        if (train.side == Side::reset) turn_round(train);
    measured.notes.push_back(turned_note);
}

void sides_by_direction(const std::string& file, const Layout& layout, Trains& trains,
                        Measured& measured) {
    const auto falling = std::count_if(trains.begin(), trains.end(),
                                       [](const MeasuredTrain& t) { return t.climb() <= 0; });
    if (falling == 0) return sides_of_rising(file, layout, trains, measured);
    if (falling == static_cast<long>(trains.size()))
        fail("{}: no train rises ({}), expected SET trains that do; {}", file,
             place_of(layout, trains[0]),
             looks_like_ohms(layout) ? ohms
                                     : "these may be resistances (--unit ohm), too few points, "
                                       "or noise alone");
    const bool down_first = trains[0].climb() <= 0;
    if (down_first && looks_like_ohms(layout))
        fail(
            "{}: values of {:.4g} and more that fall first ({}): {}; --unit nS (or another) where "
            "they are conductances and RESET came first",
            file, trains[0].points.back().second, place_of(layout, trains[0]), ohms);
    if (down_first && !layout.columns) measured.notes.push_back("RESET came first");
    for (MeasuredTrain& train : trains)
        train.side = train.climb() > 0 ? Side::set : Side::reset;
}

void find_sides(const std::string& file, const Layout& layout, Trains& trains, Measured& measured) {
    const auto said = [&](auto&& is) { return std::any_of(trains.begin(), trains.end(), is); };
    if (said([](const MeasuredTrain& t) { return t.sign != 0; })) sides_by_sign(trains);
    const bool words = said([](const MeasuredTrain& t) { return t.side != Side::unknown; });
    if (!words) return sides_by_direction(file, layout, trains, measured);
    for (const MeasuredTrain& train : trains)
        if (train.side == Side::unknown)
            fail("{}: {}: nothing says whether this is SET or RESET, as it does elsewhere", file,
                 place_of(layout, train));
    check_sides(file, layout, trains, measured);
    if (!said([](const MeasuredTrain& t) { return t.side == Side::set; }))
        fail("{}: all trains are RESET ({}), expected SET trains, with RESET or without", file,
             place_of(layout, trains[0]));
}

// Columns beside each other that go both ways are devices; those of one side are cycles of one,
// unless headings say otherwise.
void find_devices(const Layout& layout, Trains& trains) {
    if (!layout.columns) return;
    std::vector<std::array<int, 2>> kinds(layout.sequences.size());
    for (const MeasuredTrain& train : trains)
        ++kinds[train.column][train.side == Side::set ? 0 : 1];
    const bool both = std::all_of(kinds.begin(), kinds.end(),
                                  [](const std::array<int, 2>& k) { return k[0] > 0 && k[1] > 0; });
    if (!both && !layout.devices) return;
    std::array<int, 2> seen{};
    std::vector<int> device(kinds.size());
    for (std::size_t c = 0; c < kinds.size(); ++c)
        device[c] = both ? static_cast<int>(c) : seen[kinds[c][0] > 0 ? 0 : 1]++;
    for (MeasuredTrain& train : trains)
        train.device = device[train.column];
}

std::string count_text(std::size_t n, const char* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

// "SET 50 pulses (rows 2 to 52)", of the first train.
std::string side_text(const Layout& layout, const Trains& trains, Side side) {
    const char* name = side == Side::set ? "SET" : "RESET";
    const MeasuredTrain* first = nullptr;
    double least = INFINITY, most = 0;
    for (const MeasuredTrain& train : trains) {
        if (train.side != side) continue;
        if (!first) first = &train;
        least = std::min(least, train.pulses), most = std::max(most, train.pulses);
    }
    if (!first) return fmt::format("no {}", name);
    return fmt::format("{} {:.6g}{} pulses ({})", name, least,
                       least == most ? "" : fmt::format(" to {:.6g}", most),
                       place_of(layout, *first));
}

void check_lengths(const std::string& file, const Layout& layout, const Trains& trains) {
    for (const MeasuredTrain& train : trains)
        if (train.points.size() < fewest_points)
            fail("{}:{}: a train of {} ({}), expected at least {} of SET and then of RESET", file,
                 train.first, count_text(train.points.size(), "point"), place_of(layout, train),
                 fewest_points);
}

void fill_response(const Trains& trains, Measured& measured) {
    double squares = 0, count = 0, repeats = 1;
    std::array<double, 2> volts{}, number{};
    for (const MeasuredTrain& train : trains) {
        const std::size_t side = train.side == Side::set ? 0 : 1;
        measured.response.trains[side].push_back({train.points, train.device});
        squares += train.repeat_squares, count += train.repeat_count;
        repeats = std::max(repeats, train.repeats);
        volts[side] += train.volts, ++number[side];
    }
    for (const std::size_t side : {0u, 1u})
        if (number[side] > 0) measured.volts[side] = volts[side] / number[side];
    if (count == 0) return;
    measured.response.reading_noise = std::sqrt(squares / count / repeats);
    measured.notes.push_back(
        fmt::format("{:.0f} readings of each pulse: their mean is taken", repeats));
}

}  // namespace

Measured parse_response(const std::string& file, const std::string& bytes, const MeasuredAs& as) {
    const std::vector<std::string> lines = lines_of(file, bytes);
    if (std::all_of(lines.begin(), lines.end(),
                    [](const std::string& l) { return trimmed(l).empty(); }))
        fail("{}: empty; expected rows such as \"pulse number, conductance\"", file);
    Layout layout = layout_of(file, grid_of(file, sheet_of(file, lines)));
    Measured measured;
    measured.notes = layout.notes;
    to_conductance(file, layout, as, measured);
    Trains trains = trains_of(file, layout);
    check_lengths(file, layout, trains);
    double low = INFINITY, high = -INFINITY;
    for (const MeasuredTrain& train : trains)
        for (const auto& [pulse, value] : train.points)
            low = std::min(low, value), high = std::max(high, value);
    if (trains.empty()) fail("{}: no train of readings", file);
    if (!(high > low)) fail("{}: the conductance is {} everywhere: nothing to fit", file, low);
    find_sides(file, layout, trains, measured);
    find_devices(layout, trains);
    fill_response(trains, measured);
    measured.pulse_seconds = layout.pulse_seconds.value_or(0);
    int devices = 0;
    for (const MeasuredTrain& train : trains)
        devices = std::max(devices, train.device + 1);
    const auto& sides = measured.response.trains;
    const std::size_t most = std::max(sides[0].size(), sides[1].size());
    const auto d = static_cast<std::size_t>(devices);
    measured.summary =
        fmt::format("{}, {}, {}, {}", side_text(layout, trains, Side::set),
                    side_text(layout, trains, Side::reset), count_text((most + d - 1) / d, "cycle"),
                    count_text(d, "device"));
    return measured;
}

}  // namespace crossbar::sim
