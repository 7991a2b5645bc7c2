// Pulse trains from formulas, from the tables that training uses, and from files.
#include "commands/target_figures.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/check.hpp"
#include "base/random_address.hpp"
#include "base/text_file.hpp"
#include "pulse_response/pulse_response_csv.hpp"

namespace crossbar::sim {
namespace {

constexpr int sampled = 3;             // devices that are drawn
constexpr std::size_t longest = 2000;  // pulses of a train that is drawn

// Position after each pulse of a SET train and then a RESET train, by the formula.
std::vector<FigureValue> formula_train(const Curve& curve, std::size_t each) {
    std::vector<FigureValue> points{{0, 0}};
    for (std::size_t n = 1; n <= 2 * each; ++n) {
        const Pulse side = n <= each ? Pulse::set : Pulse::reset;
        const double x = points.back().y, step = step_at(curve, side, x);
        points.push_back({static_cast<double>(n),
                          std::clamp(x + (side == Pulse::set ? step : -step), 0.0, 1.0)});
    }
    return points;
}

// The same of one device of the tables that training uses, with its spreads.
std::vector<FigureValue> device_train(const DeviceTables& device, std::uint8_t kind,
                                      std::size_t each) {
    const Kernels& k = best_kernels();
    const PulseTables tables = device.tables();
    const Stream s = stream(1, Purpose::device_pulse, kind, 0);
    std::uint8_t level = device.kinds[kind].low;
    std::uint16_t wear = 0;
    std::vector<FigureValue> points;
    for (std::size_t n = 0; n <= 2 * each; ++n) {
        points.push_back({static_cast<double>(n), static_cast<double>(level) / device.highest});
        const std::int8_t pulse = n < each ? 1 : -1;
        const auto random = static_cast<std::uint16_t>(random_half(s, n));
        k.program(&level, &kind, &wear, &pulse, &random, 1, tables);
    }
    return points;
}

const Curve& curve_of(const TargetDevice& target) {
    return target.target.hardware.device->curve;
}

// Pulses of a train that shows how the device saturates.
std::size_t train_length(const Curve& curve) {
    const std::size_t across =
        std::max(pulses_across(curve, Pulse::set), pulses_across(curve, Pulse::reset));
    return std::clamp<std::size_t>(across == 0 ? 100 : across * 5 / 4, 10, longest);
}

FigureSeries over_share(const TargetDevice& target) {
    const std::size_t each = train_length(curve_of(target));
    FigureSeries series{fmt::format("{}, {} pulses each way", target.target.name, each), {}};
    series.values = formula_train(curve_of(target), each);
    for (FigureValue& value : series.values)
        value.x /= static_cast<double>(each);
    return series;
}

FigureSeries over_share(const MeasuredTrains& measured) {
    FigureSeries series{"measured: " + measured.name, {}, {}, false};
    for (std::size_t side = 0; side < 2; ++side) {
        const std::vector<double>& values = measured.values[side];
        for (std::size_t i = 0; i < values.size(); ++i)
            series.values.push_back(
                {static_cast<double>(side) +
                     static_cast<double>(i) /
                         static_cast<double>(std::max<std::size_t>(values.size() - 1, 1)),
                 values[i]});
    }
    return series;
}

}  // namespace

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

FigurePanel pulse_panel(const TargetDevice& target) {
    const std::size_t each = train_length(curve_of(target));
    FigurePanel trains{
        target.target.name, {"pulses: SET, then RESET"}, {"position in the range"}, {}};
    trains.series.push_back({"formula, within its bounds", formula_train(curve_of(target), each)});
    for (int i = 0; i < sampled; ++i)
        trains.series.push_back(
            {fmt::format("device {}, of all its levels", i + 1),
             device_train(*target.device, static_cast<std::uint8_t>(60 + 70 * i), each)});
    return trains;
}

MeasuredTrains measured_trains(const std::string& file) {
    const Measured measured = parse_response(file, text_of_file(file, "file of measurements"));
    MeasuredTrains trains{std::filesystem::path(file).filename().string(), {}};
    double low = INFINITY, high = -INFINITY;
    for (std::size_t side = 0; side < 2; ++side)
        if (const std::vector<Train>& all = measured.response.trains[side]; !all.empty())
            for (const auto& [n, value] : all.front().points) {
                trains.values[side].push_back(value);
                low = std::min(low, value), high = std::max(high, value);
            }
    for (std::vector<double>& values : trains.values)
        for (double& value : values)
            value = high > low ? (value - low) / (high - low) : 0;
    return trains;
}

Figure pulse_figure(const std::vector<TargetDevice>& targets,
                    const std::vector<MeasuredTrains>& measured) {
    Figure figure{
        "pulse response", "Position after each pulse of a SET train, then a RESET train", {}};
    if (targets.size() == 1 && measured.empty()) {
        figure.panels.push_back(pulse_panel(targets.front()));
        return figure;
    }
    FigurePanel panel{
        "", {"share of the pulses: SET up to 1, RESET up to 2"}, {"position in the range"}, {}};
    for (const MeasuredTrains& trains : measured)
        panel.series.push_back(over_share(trains));
    for (const TargetDevice& target : targets)
        panel.series.push_back(over_share(target));
    figure.panels.push_back(std::move(panel));
    return figure;
}

Figure step_figure(const std::vector<TargetDevice>& targets) {
    Figure figure{
        "steps", "Mean step of a SET and of a RESET pulse by where the device stands", {}};
    for (const Pulse side : {Pulse::set, Pulse::reset}) {
        FigurePanel panel{side == Pulse::set ? "SET" : "RESET",
                          {"position in the range"},
                          {"step, % of the range", true},
                          {}};
        for (const TargetDevice& target : targets) {
            FigureSeries series{target.target.name, {}};
            for (int i = 0; i <= 50; ++i)
                series.values.push_back(
                    {i / 50.0, 100 * step_at(curve_of(target), side, i / 50.0)});
            panel.series.push_back(std::move(series));
        }
        figure.panels.push_back(std::move(panel));
    }
    return figure;
}

}  // namespace crossbar::sim
