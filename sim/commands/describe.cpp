#include "commands/describe.hpp"

#include <algorithm>
#include <cmath>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/philox.hpp"
#include "base/replace_file.hpp"
#include "pictures/drawing.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

constexpr int sampled = 3;             // devices that are drawn
constexpr std::size_t longest = 2000;  // pulses of a train that is drawn

void print_figure(const std::string& name, const std::string& text) {
    print("  {:<14} {}\n", name, text);
}

// "; 0.3 between devices" where a spread is not 0.
std::string part(const char* format, double value) {
    return value == 0 ? "" : "; " + fmt::format(fmt::runtime(format), value);
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
    print_figure("curve", fmt::format("{}, w from {} to {}", name_of(m.curve.family), m.curve.low,
                                      m.curve.high));
    print_figure("SET", fmt::format("{:.3g} % of the range a pulse in the middle, {} to 95 %",
                                    100 * step_at(m.curve, Pulse::set, 0.5),
                                    pulses_text(pulses_across(m.curve, Pulse::set))));
    print_figure("RESET", fmt::format("{:.3g} % of the range a pulse in the middle, {} to 5 %",
                                      100 * step_at(m.curve, Pulse::reset, 0.5),
                                      pulses_text(pulses_across(m.curve, Pulse::reset))));
    print_figure("synapse", fmt::format("at {} bits a pulse moves it {:.3g} of its {} levels", bits,
                                        device.step, 2 * device.top + 1));
    const std::string between = part("steps {:.3g}", m.step_spread) +
                                part("asymmetry {:.3g}", m.asymmetry_spread) +
                                part("lower bound {:.3g}", m.bound_spread[0]) +
                                part("upper bound {:.3g}", m.bound_spread[1]);
    const std::string pulses =
        part("{:.3g} of the step", m.cycle_spread) + part("{:.3g} of the range", m.cycle_noise);
    const std::string faults = part("{:.3g} stuck low", m.stuck_low) +
                               part("{:.3g} stuck high", m.stuck_high) +
                               part("{:.3g} stuck anywhere", m.stuck_random) +
                               part("worn out after {} pulses", m.endurance) +
                               part("levels decay within {:.3g} batches", m.lifetime);
    if (m.verify_tries != 0)
        print_figure("writing",
                     fmt::format("verified, within {:.3g} % of the range, at most {} trains",
                                 100 * m.verify_within, m.verify_tries));
    for (const auto& [name, text] :
         {std::pair{"device spread", between}, {"pulse spread", pulses}, {"faults", faults}})
        print_figure(name, text.empty() ? "none" : text.substr(2));
}

void print_tiles(const char* name, const std::optional<TileSpec>& tiles) {
    if (!tiles) return print_figure(name, "exact");
    const TileSpec& m = *tiles;
    std::string text = fmt::format("{} x {}", m.rows, m.columns);
    if (m.dac_bits > 0) text += fmt::format("; {}-bit DAC", m.dac_bits);
    if (m.serial) text += "; inputs bit by bit";
    if (m.slice_bits > 0) text += fmt::format("; slices of {} bits", m.slice_bits);
    constexpr const char* ranges[] = {"fixed", "calibrated", "following"};
    if (m.adc_bits > 0)
        text += fmt::format("; {}-bit ADC, range {}", m.adc_bits,
                            ranges[static_cast<std::size_t>(m.range)]);
    if (m.adc_bits > 0 && m.range == AdcRange::fixed) text += fmt::format(" at {}", m.adc_limit);
    text += part("ADC gain spread {:.3g}", m.gain_spread) +
            part("ADC zero spread {:.3g}", m.offset_spread) + part("noise {:.3g}", m.read_noise) +
            part("row wires lose {:.3g}", m.wire_loss[0]) +
            part("column wires lose {:.3g}", m.wire_loss[1]);
    print_figure(name, text);
}

void print_inference(const InferenceSpec& m) {
    const auto line = [](const LogLine& l) {
        return fmt::format("{} + {} ln g within {}..{}", l.first, l.slope, l.low, l.high);
    };
    const auto& c = m.write_spread;
    print_figure("written", fmt::format("{} + {} g + {} g^2 of {} uS", c[0], c[1], c[2], m.g_max));
    if (m.verify_tries > 0)
        print_figure("verified", fmt::format("at most {} writings, until within {} of g_max; "
                                             "readings {} uS",
                                             m.verify_tries, m.verify_within, m.read_spread));
    print_figure("drift",
                 fmt::format("exponent {}, between devices {}, from {} s on{}", line(m.drift),
                             line(m.drift_spread), m.t0, m.compensation ? "; compensated" : ""));
    print_figure("read", fmt::format("{} s after writing", fmt::join(m.seconds, ", ")));
}

void print_feedback_device(const std::optional<FeedbackSpec>& model) {
    if (!model) return print_figure("feedback", "ideal devices");
    const FeedbackSpec& m = *model;
    print_figure("feedback", fmt::format("{} pulses a copied sign", m.copy_pulses) +
                                 part("{:.3g} stuck", m.stuck) + part("{:.3g} lost", m.lost) +
                                 part("magnitudes {:.3g}", m.magnitude_spread) +
                                 part("worn out after {} pulses", m.endurance));
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

}  // namespace

bool describe_target(const CommandLine& line) {
    if (!line.has("describe-target")) {
        if (line.has("draw") && !line.has("fit-device"))
            fail("--draw belongs with --describe-target or --fit-device");
        return false;
    }
    for (const auto& [name, text] : line.given)
        if (name != "describe-target" && name != "draw" && name != "weight-bits")
            fail("--{} does nothing with --describe-target, which trains nothing; leave it out",
                 name);
    if (line.has("draw")) check_drawing_name(line.value("draw"));
    const Target target = load_target(line.value("describe-target"));
    if (line.has("draw") && !target.hardware.device)
        fail("--draw: the device of {} is ideal, which has no curve", target.name);
    Options options;
    if (target.weight_bits != 0) options.settings.weight_bits = target.weight_bits;
    if (line.has("weight-bits"))
        set_option(*find_option("weight-bits"), options, line.value("weight-bits"));
    const Plan plan = make_plan(options.settings, target.hardware);
    print("{}: {}\n  {}\n", target.name, target.title, target.citation);
    if (!target.hardware.device) print_figure("device", "ideal: a pulse moves a synapse one level");
    if (target.hardware.device)
        print_device(*target.hardware.device, *plan.device, plan.weight_bits);
    print_tiles("forward array", target.hardware.tiles);
    print_tiles("feedback array", target.hardware.feedback_tiles);
    print_feedback_device(target.hardware.feedback_device);
    if (target.hardware.inference) print_inference(*target.hardware.inference);
    if (target.expected)
        print_figure("MNIST", fmt::format("{} to {} % test error expected", (*target.expected)[0],
                                          (*target.expected)[1]));
    if (!target.hardware.device) return true;
    const std::vector<Chart> charts = charts_of(*target.hardware.device, *plan.device);
    if (line.has("draw"))
        replace_file(line.value("draw"), drawing_of(target.title, charts));
    else
        put(sketch_of(charts.front(), 72, 16));
    return true;
}

}  // namespace crossbar::sim
