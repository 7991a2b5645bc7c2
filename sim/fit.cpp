// --fit-device: a measured pulse response, fitted by every family of curves.
#include <cmath>
#include <fstream>
#include <iterator>

#include "crossbar/check.hpp"
#include "crossbar/replace_file.hpp"
#include "describe.hpp"
#include "drawing.hpp"
#include "measured.hpp"
#include "messages.hpp"

namespace crossbar::sim {
namespace {

std::string pair_text(const std::array<double, 2>& two) {
    return fmt::format("[{:.6g}, {:.6g}]", two[0], two[1]);
}

std::string points_text(const std::vector<std::pair<double, double>>& points) {
    std::string text;
    for (const auto& [x, step] : points)
        text += fmt::format("{}[{:.6g}, {:.6g}]", text.empty() ? "" : ", ", x, step);
    return "[" + text + "]";
}

// The keys of [device] that make this curve.
std::string keys_of(const Curve& c) {
    std::string text = fmt::format("step = \"{}\"\n", name_of(c.family));
    if (c.family == StepFamily::table)
        return text + fmt::format("set = {}\nreset = {}\n", points_text(c.points[0]),
                                  points_text(c.points[1]));
    if (c.family == StepFamily::label)
        return text + fmt::format("label = {}\nstates = {:.6g}\n", pair_text(c.label), c.states);
    text += fmt::format("pulse = {:.6g}\nasymmetry = {:.6g}\n", c.pulse, c.asymmetry);
    const bool exponential = c.family == StepFamily::exponential;
    if (exponential || c.family == StepFamily::linear || c.family == StepFamily::power)
        text += fmt::format("gamma = {}\n", pair_text(c.gamma));
    if (exponential)
        text += fmt::format("A = {}\na = {:.6g}\nb = {:.6g}\n", pair_text(c.scale), c.stretch,
                            c.offset);
    return text;
}

std::string target_text(const std::string& file, const CurveFit& fit) {
    const std::string name = file.substr(file.rfind('/') + 1);
    return fmt::format(
        "# Fitted by crossbar_sim --fit-device. The residual is {:.3g} % of the measured range; "
        "w = -1 is a\n# conductance of {:.6g}, w = 1 one of {:.6g}.\n"
        "title    = \"device measured in {}\"\ncitation = \"fitted to {}\"\n\n"
        "[device]\ncells = \"one\"\n{}cycle_noise = {:.4g}\n",
        100 * fit.residual, fit.low, fit.high, name, name, keys_of(fit.curve), fit.cycle_noise);
}

// The RESET train behind the SET train.
std::vector<std::pair<double, double>> joined(const PulseResponse& response) {
    std::vector<std::pair<double, double>> points = response.trains[0];
    const double first = response.trains[1].front().first;
    const double shift = points.back().first + 1 - first;
    for (const auto& [pulse, g] : response.trains[1])
        points.emplace_back(pulse + shift, g);
    return points;
}

Chart chart_of(const PulseResponse& measured, const std::vector<CurveFit>& fits) {
    Chart chart{"measured and fitted",
                "Conductance after each pulse of the SET train, then of the RESET train",
                "pulses: SET, then RESET",
                "conductance",
                false,
                false,
                true,
                {}};
    chart.series.push_back({"measured", joined(measured), false});
    for (std::size_t i = 0; i < std::min<std::size_t>(fits.size(), 2); ++i)
        chart.series.push_back({fmt::format("{}, residual {:.2f} %", name_of(fits[i].curve.family),
                                            100 * fits[i].residual),
                                joined(fits[i].fitted)});
    return chart;
}

void print_fits(const std::vector<CurveFit>& fits) {
    Table table;
    table.head = {"family", "residual, % of the range", "parameters", "noise of a pulse, %"};
    for (const CurveFit& fit : fits)
        table.rows.push_back({name_of(fit.curve.family), fmt::format("{:.2f}", 100 * fit.residual),
                              fmt::format("{}", fit.parameters),
                              fmt::format("{:.2f}", 100 * fit.cycle_noise)});
    print("{}\n{}\n", plain_text(table, 100), keys_of(fits.front().curve));
}

void check_line(const CommandLine& line) {
    for (const auto& [name, text] : line.given)
        if (name != "fit-device" && name != "draw" && name != "out")
            fail("--{} does nothing with --fit-device, which trains nothing; leave it out", name);
    if (line.has("out") && !line.value("out").ends_with(".toml"))
        fail("--out {}: expected a target file, whose name ends in .toml", line.value("out"));
}

}  // namespace

bool fit_device(const CommandLine& line) {
    if (!line.has("fit-device")) return false;
    check_line(line);
    const std::string file = line.value("fit-device");
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in) fail("{}: cannot read this file; check the path", file);
    const PulseResponse measured = parse_response(file, text);
    const std::vector<CurveFit> fits = fit_curves(measured);
    print_fits(fits);
    const Chart chart = chart_of(measured, fits);
    if (line.has("draw"))
        replace_file(line.value("draw"), drawing_of(file, {chart}));
    else
        put(sketch_of(chart, 72, 16));
    if (!line.has("out")) return true;
    replace_file(line.value("out"), target_text(file, fits.front()));
    print("{}: {}\n", line.value("out"), name_of(fits.front().curve.family));
    return true;
}

}  // namespace crossbar::sim
