// The command target show: a target in figures, and its pulse curves.
#include <algorithm>
#include <cmath>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/random_address.hpp"
#include "base/replace_file.hpp"
#include "commands/command.hpp"
#include "pictures/drawing.hpp"
#include "session/settings.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

constexpr int sampled = 3;             // devices that are drawn
constexpr std::size_t longest = 2000;  // pulses of a train that is drawn

void print_figure(const std::string& name, const std::string& text) {
    print("  {:<14} {}\n", name, text);
}

// Pulses from the lowest to the highest twentieth, 0 where they do not get there.
std::size_t pulses_across(const Curve& curve, Pulse side) {
    double x = side == Pulse::set ? 0 : 1;
    for (std::size_t n = 1; n <= 1000000; ++n) {
        const double step = step_at(curve, side, x);
        if (step <= 0) return 0;
        x += side == Pulse::set ? step : -step;
        if (side == Pulse::set ? x >= 0.95 : x <= 0.05) return n;
    }
    return 0;
}

std::string pulses_text(std::size_t n) {
    return n == 0 ? "never" : fmt::format("{} pulses", n);
}

void print_device(const DeviceSpec& m, const DeviceTables& device, int bits) {
    constexpr const char* cells[] = {
        "one and a fixed reference", "a pair, SET one and RESET the other",
        "a one-sided pair, refreshed", "a low digit that is carried to a high one"};
    print_figure("devices", cells[static_cast<std::size_t>(m.cells)]);
    print_figure("curve", fmt::format("{}, w from {} to {}", name_of(m.curve.family), m.curve.low(),
                                      m.curve.high()));
    print_figure("SET", fmt::format("{:.3g} % of the range per pulse in the middle, {} to 95 %",
                                    100 * step_at(m.curve, Pulse::set, 0.5),
                                    pulses_text(pulses_across(m.curve, Pulse::set))));
    print_figure("RESET", fmt::format("{:.3g} % of the range per pulse in the middle, {} to 5 %",
                                      100 * step_at(m.curve, Pulse::reset, 0.5),
                                      pulses_text(pulses_across(m.curve, Pulse::reset))));
    print_figure("synapse", fmt::format("at {} bits a pulse moves it by {:.3g} of its {} levels",
                                        bits, device.step, 2 * device.top + 1));
}

// Every key: its value, its unit, and whether it is as where nothing is said.
void print_keys(Target target) {
    for (const TargetTable& table : target_tables().subspan(1)) {
        print("\n[{}] {}{}\n", table.name, table.there(target) ? "" : "is not there: ", table.help);
        if (!table.there(target)) continue;
        for (const TargetKey& key : table.keys) {
            const std::string name = fmt::format("  {:<18} ", key.name);
            const std::string value = value_text(key, target);
            if (!belongs(table, key, target))
                print("{}-  needs {}\n", name, needs_text(table, key));
            else if (value == default_text(table, key))
                print("{}{} {} (default)\n", name, value, key.unit);
            else
                print("{}{} {}\n", name, value, key.unit);
        }
    }
}

// Position after each pulse of a SET train and then a RESET train, by the formula.
std::vector<std::pair<double, double>> formula_train(const Curve& curve, std::size_t each) {
    std::vector<std::pair<double, double>> points{{0, 0}};
    for (std::size_t n = 1; n <= 2 * each; ++n) {
        const Pulse side = n <= each ? Pulse::set : Pulse::reset;
        const double x = points.back().second, step = step_at(curve, side, x);
        points.emplace_back(n, std::clamp(x + (side == Pulse::set ? step : -step), 0.0, 1.0));
    }
    return points;
}

// The same of one device of the tables that training uses, with its spreads.
std::vector<std::pair<double, double>> device_train(const DeviceTables& device, std::uint8_t kind,
                                                    std::size_t each) {
    const Kernels& k = best_kernels();
    const PulseTables tables = device.tables();
    const Stream s = stream(1, Purpose::device_pulse, kind, 0);
    std::uint8_t level = device.kinds[kind].low;
    std::uint16_t wear = 0;
    std::vector<std::pair<double, double>> points;
    for (std::size_t n = 0; n <= 2 * each; ++n) {
        points.emplace_back(n, static_cast<double>(level) / device.highest);
        const std::int8_t pulse = n < each ? 1 : -1;
        const auto random = static_cast<std::uint16_t>(random_half(s, n));
        k.program(&level, &kind, &wear, &pulse, &random, 1, tables);
    }
    return points;
}

std::vector<Chart> charts_of(const DeviceSpec& m, const DeviceTables& device) {
    const std::size_t across =
        std::max(pulses_across(m.curve, Pulse::set), pulses_across(m.curve, Pulse::reset));
    const std::size_t each =
        std::clamp<std::size_t>(across == 0 ? 100 : across * 5 / 4, 10, longest);
    Chart trains{"pulse response",
                 "Position after each pulse of a SET train, then a RESET train",
                 "pulses: SET, then RESET",
                 "position in the range",
                 false,
                 false,
                 true,
                 {}};
    trains.series.push_back({"formula, within its bounds", formula_train(m.curve, each)});
    for (int i = 0; i < sampled; ++i)
        trains.series.push_back(
            {fmt::format("device {}, of all its levels", i + 1),
             device_train(device, static_cast<std::uint8_t>(60 + 70 * i), each)});
    Chart steps{"steps",
                "Mean step of a SET and of a RESET pulse by where the device stands",
                "position in the range",
                "step, % of the range",
                false,
                false,
                true,
                {}};
    for (const Pulse side : {Pulse::set, Pulse::reset}) {
        Series series{side == Pulse::set ? "SET" : "RESET", {}};
        for (int i = 0; i <= 50; ++i)
            series.points.emplace_back(i / 50.0, 100 * step_at(m.curve, side, i / 50.0));
        steps.series.push_back(series);
    }
    return {trains, steps};
}

int run(const CommandLine& line) {
    if (line.has("draw")) check_drawing_name(line.value("draw"));
    const Target target = load_target(line.value("target"));
    if (line.has("draw") && !target.hardware.device)
        fail("--draw: the device of {} is ideal, which has no curve", target.name);
    RunSettings options;
    if (target.weight_bits != 0) options.training.weight_bits = target.weight_bits;
    if (line.has("weight-bits")) set(options, "weight-bits", line.value("weight-bits"));
    const Plan plan = make_plan(options.training, target.hardware);
    print("{}: {}\n  {}\n", target.name, target.title, target.citation);
    if (!target.hardware.device) print_figure("device", "ideal: a pulse moves a synapse one level");
    if (target.hardware.device)
        print_device(*target.hardware.device, *plan.device, plan.weight_bits);
    if (!target.expected.empty())
        print_figure("MNIST", fmt::format("{} to {} % test error expected", target.expected[0],
                                          target.expected[1]));
    print_keys(target);
    if (!target.hardware.device) return 0;
    const std::vector<Chart> charts = charts_of(*target.hardware.device, *plan.device);
    if (line.has("draw"))
        replace_file(line.value("draw"), drawing_of(target.title, charts));
    else
        put(sketch_of(charts.front(), 72, 16));
    return 0;
}

constexpr Argument target[] = {{"target", "NAME|FILE.toml"}};
constexpr OptionGroup groups[] = {{"Options", "draw weight-bits"}};
constexpr Option own[] = {
    {"draw", "", "FILE.svg",
     "draw its pulse curves into a file; without it they are printed as a sketch"}};

}  // namespace

extern const Command target_show_command{
    .name = "target show",
    .summary = "Show a target in figures, and its pulse curves",
    .examples = "crossbar_sim target show pcmo --draw pcmo.svg",
    .run = run,
    .arguments = target,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
