// Fills the keys of a target from a fit, and writes it as TOML with the figures of the fit as
// comments.
#include "pulse_response/fitted_target.hpp"

#include <cmath>

#include "array/target_keys.hpp"
#include "base/check.hpp"

namespace crossbar::sim {
namespace {

// Difference of SET and RESET steps over their sum from which on a single device is warned of.
constexpr double uneven = 0.25;

// Of the range: less is rounding of the file.
constexpr double noticeable = 1e-4;

std::string noise_text(const CurveFit& fit) {
    std::string text = fmt::format("cycle_noise = {:.4g}  # +- {:.2g}\n", fit.cycle_noise.value,
                                   fit.cycle_noise.error);
    if (fit.cycle_spread)
        text += fmt::format("cycle_spread = {:.4g}  # +- {:.2g}\n",
                            std::min(fit.cycle_spread->value, 10.0), fit.cycle_spread->error);
    if (fit.step_spread)
        text += fmt::format("step_spread = {:.4g}  # +- {:.2g}\n",
                            std::min(fit.step_spread->value, 3.0), fit.step_spread->error);
    if (fit.bound_spread) {
        const auto& [low, high] = *fit.bound_spread;
        text +=
            fmt::format("bound_spread = [{:.4g}, {:.4g}]  # +- {:.2g}, {:.2g}\n",
                        std::min(low.value, 1.0), std::min(high.value, 1.0), low.error, high.error);
    }
    return text;
}

// Where it is not known whether devices or the instrument are noisy, the array's reading is left
// exact, and what to write is said.
std::string reading_text(const CurveFit& fit) {
    if (fit.reading_noise.value < noticeable) return {};
    // A weight is twice the range in full weights; inputs between 0 and 1 have a mean square of
    // 1/3.
    return fmt::format(
        "\n# Readings have an error of {:.3g} % of the range (+- {:.2g} %), which is not noise of "
        "pulses. If it comes from\n# the device and not from the instrument, a sum of 128 rows has "
        "an error of 2 * {:.4g} * sqrt(128 / 3):\n# [tiles]\n# rows = 128\n# read_noise = {:.4g}\n",
        100 * fit.reading_noise.value, 100 * fit.reading_noise.error, fit.reading_noise.value,
        2 * fit.reading_noise.value * std::sqrt(128 / 3.0));
}

std::string cost_text(const Measured& m, const CurveFit& fit) {
    if (!m.siemens || fit.low <= 0 || 1 / fit.high < 1 || 1 / fit.high > 1e12 ||
        fit.high / fit.low > 1e9)
        return {};
    const bool whole = m.volts[0] != 0 && (m.volts[1] != 0 || m.response.trains[1].empty()) &&
                       m.pulse_seconds > 0 && m.pulse_seconds <= 1;
    const char* mark = whole ? "" : "# ";
    const auto pulse = [&](double volts) {
        return fmt::format(
            "[{}, {}]", volts == 0 ? "VOLTS" : fmt::format("{:.4g}", volts),
            m.pulse_seconds == 0 ? "SECONDS" : fmt::format("{:.4g}", m.pulse_seconds));
    };
    std::string text = whole ? "\n"
                             : "\n# This is known of the cost; complete it and remove the comment "
                               "marks (docs/devices.md):\n";
    text += fmt::format(
        "{0}[cost]\n{0}on_ohm = {1:.6g}\n{0}on_off = {2:.6g}\n{0}set = {3}\n{0}reset "
        "= {4}\n",
        mark, 1 / fit.high, std::max(fit.high / fit.low, 1.0), pulse(m.volts[0]),
        pulse(m.volts[1] != 0 || !whole ? m.volts[1] : -m.volts[0]));
    if (m.read_volts && *m.read_volts >= 0.001 && *m.read_volts <= 10)
        text += fmt::format("{}read_volt = {:.4g}\n", mark, *m.read_volts);
    return text;
}

}  // namespace

std::string keys_of(const Curve& curve) {
    Target target;
    target.hardware.device.emplace().curve = curve;
    const TargetTable& table = table_named("device");
    std::string text;
    for (const TargetKey& key : table.keys) {
        const std::string value = value_text(key, target, 6), name = key.name;
        const bool said = name == "step" || name == "pulse" || value != default_text(table, key);
        if (said && belongs(table, key, target)) text += fmt::format("{} = {}\n", name, value);
    }
    return text;
}

std::string drift_hint(const Curve& curve) {
    const double set = step_at(curve, Pulse::set, 0.5), reset = step_at(curve, Pulse::reset, 0.5);
    if (std::abs(set - reset) <= uneven * (set + reset)) return {};
    const std::optional<double> place = symmetry_point(curve);
    return fmt::format(
        "in the middle of the range, where a single device has its fixed reference, a {} pulse "
        "moves {:.2g} times as far as a {} one{}: its weights drift; a pair of devices "
        "(--device cells=pair) does not",
        set > reset ? "SET" : "RESET", std::max(set, reset) / std::min(set, reset),
        set > reset ? "RESET" : "SET",
        place ? fmt::format(", and steps are equal at {:.0f} %", 100 * *place) : "");
}

std::string target_text(const std::string& file, const Measured& measured, const CurveFit& fit) {
    const std::string name = file.substr(file.rfind('/') + 1);
    const bool sided = measured.response.trains[1].empty();
    const std::string hint = sided ? "" : drift_hint(fit.curve);
    return fmt::format(
        "# Fitted by crossbar_sim target fit. The residual is {:.3g} % of the measured range; "
        "w = -1 is a\n# conductance of {:.6g}{}, w = 1 one of {:.6g}.\n{}"
        "title    = {}\ncitation = {}\n\n[device]\ncells = \"{}\"\n{}{}{}{}",
        100 * fit.residual, fit.low, measured.siemens ? " S" : "", fit.high,
        hint.empty() ? "" : "# " + hint + ".\n", toml_quoted("device measured in " + name),
        toml_quoted("fitted to " + name), sided ? "one-sided" : "one", keys_of(fit.curve),
        noise_text(fit), reading_text(fit), cost_text(measured, fit));
}

}  // namespace crossbar::sim
