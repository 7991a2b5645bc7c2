// The command target fit: measured pulse responses, fitted by every family of curves.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/replace_file.hpp"
#include "base/text_file.hpp"
#include "commands/command.hpp"
#include "commands/figure_output.hpp"
#include "pictures/sketch.hpp"
#include "pulse_response/fitted_target.hpp"
#include "terminal/messages.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

std::vector<std::string> families() {
    std::vector<std::string> words;
    for (int family = 0; family <= static_cast<int>(StepFamily::table); ++family)
        words.emplace_back(name_of(static_cast<StepFamily>(family)));
    return words;
}

constexpr NamedFigure figures[] = {{"fit", "measured points and the curves fitted to them"}};

std::vector<std::string> names_of_figures() {
    return {"fit"};
}

constexpr Argument arguments[] = {{"curve", "FILE.csv"}};
constexpr OptionGroup groups[] = {{"Options", "out family unit read-volt draw"},
                                  {"Figures for papers", "figure width"}};
constexpr Option own[] = {
    {"out", "", "FILE",
     "write a target with the best family of curves (.toml); with --figure .svg, .pdf, .png"},
    {"family", "", "NAME", "the family for the target, in place of the best", 0, 0, families},
    {"unit", "", "UNIT",
     "of the values; where headings do not say it: S, mS, uS, nS, A, uA, ohm, kohm, .."},
    {"read-volt", "", "X", "volts at which currents were read", 1e-6, 100},
    {"draw", "", "FILE",
     "draw the curves (.svg, .pdf, .png), also beside a target; without it they are printed as a "
     "sketch"},
    {"figure", "", "[NAME]", "fit; measured points and the curves fitted to them", 0, 0,
     names_of_figures},
    {"width", "", "WIDTH", "as wide as a journal's column or page; 88 or 180 mm", 0, 0,
     figure_widths}};

// The first train of each side, RESET behind SET.
std::vector<FigureValue> joined(const PulseResponse& response) {
    std::vector<FigureValue> values;
    for (const std::vector<Train>& trains : response.trains) {
        if (trains.empty()) break;
        const double shift = values.empty() ? 0 : values.back().x + 1;
        for (const auto& [pulse, g] : trains.front().points)
            values.push_back({pulse + shift, g});
    }
    return values;
}

FigurePanel panel_of(const Measured& measured, const std::vector<CurveFit>& fits) {
    FigurePanel panel{"measured and fitted",
                      {"pulses: SET, then RESET"},
                      {measured.siemens ? "conductance, S" : "conductance"},
                      {}};
    const bool several =
        std::max(measured.response.trains[0].size(), measured.response.trains[1].size()) > 1;
    panel.series.push_back(
        {several ? "measured, first trains" : "measured", joined(measured.response), {}, false});
    for (std::size_t i = 0; i < std::min<std::size_t>(fits.size(), 2); ++i)
        panel.series.push_back({fmt::format("{}, residual {:.2f} %", name_of(fits[i].curve.family),
                                            100 * fits[i].residual),
                                joined(fits[i].fitted)});
    return panel;
}

// "0.42 +- 0.05" in per cent.
std::string percent(const Estimate& e) {
    return fmt::format("{:.2f} +- {:.2f}", 100 * e.value, 100 * e.error);
}

// Keys on one line, without the family's own.
std::string parameters_text(const Curve& curve) {
    std::string text = keys_of(curve);
    text.erase(0, text.find('\n') + 1);
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;)
        text.replace(at, 1, at + 1 < text.size() ? ", " : "");
    return text;
}

void print_fits(const std::vector<CurveFit>& fits) {
    double least = INFINITY;
    for (const CurveFit& fit : fits)
        least = std::min(least, fit.criterion);
    Table table;
    table.head = {"family",     "residual, %",      "AICc",
                  "parameters", "writing noise, %", "reading noise, %"};
    for (const CurveFit& fit : fits)
        table.rows.push_back({name_of(fit.curve.family), fmt::format("{:.2f}", 100 * fit.residual),
                              fmt::format("+{:.1f}", fit.criterion - least),
                              fmt::format("{}", fit.parameters), percent(fit.cycle_noise),
                              percent(fit.reading_noise)});
    table.notes = {
        "residual, noise: standard deviations, % of the range; AICc: Akaike's criterion, corrected "
        "for few",
        "points, above the best"};
    print("{}\n", plain_text(table, 100));
    for (const CurveFit& fit : fits) {
        print("{:<12} {}\n", name_of(fit.curve.family), parameters_text(fit.curve));
        for (const std::string& name : fit.at_limits)
            print(
                "{:<12} {} is at its limit: this family does not fit well, or the data do not "
                "determine it\n",
                "", name);
    }
}

void print_spreads(const Measured& measured, const CurveFit& fit) {
    print("\n{}: a pulse misses by {} % of the range (cycle_noise), a reading by {} %\n",
          name_of(fit.curve.family), percent(fit.cycle_noise), percent(fit.reading_noise));
    if (fit.cycle_spread)
        print("between cycles: {} % of the step (cycle_spread)\n", percent(*fit.cycle_spread));
    if (fit.step_spread)
        print(
            "between devices: steps {} % (step_spread), lower bound {} %, upper bound {} % "
            "(bound_spread)\n",
            percent(*fit.step_spread), percent((*fit.bound_spread)[0]),
            percent((*fit.bound_spread)[1]));
    if (measured.response.trains[1].empty())
        print("only SET was measured: the target has cells = \"one-sided\"\n");
    else if (const std::string hint = drift_hint(fit.curve); !hint.empty())
        print("hint: {}\n", hint);
}

// A target that explains nothing would be trained on without a word.
void refuse_poor(const std::string& file, const Measured& measured, const CurveFit& fit) {
    const Lines lines = lines_through(measured.response);
    const bool flat = fit.residual > 0.7 * lines.flat;
    if (!flat && fit.residual <= 1.25 * lines.straight + 0.002) return;
    fail(
        "{}: {} leaves {:.1f} % of the range, no better than {} ({:.1f} %), so this family does "
        "not describe it. Was it read as it was measured? {}. Perhaps a row or column belongs to "
        "another measurement, the values are not conductances (--unit), or another --family fits",
        file, name_of(fit.curve.family), 100 * fit.residual,
        flat ? "a flat line through each train" : "a straight line through each train",
        100 * (flat ? lines.flat : lines.straight), measured.summary);
}

void check_line(const CommandLine& line) {
    if (line.has("width") && !line.has("figure"))
        fail("--width belongs to --figure NAME, which is not given");
    if (line.has("figure")) {
        check_figure_name(line.value("figure"), figures);
        figure_output(line);
    } else if (line.has("out") && !line.value("out").ends_with(".toml"))
        fail("--out {}: expected a target file, whose name ends in .toml", line.value("out"));
    if (line.has("draw")) paper_format_of("--draw", line.value("draw"));
}

MeasuredAs measured_as(const CommandLine& line) {
    MeasuredAs as;
    if (line.has("unit")) {
        as.unit = unit_named(line.value("unit"));
        if (!as.unit || as.unit->quantity == Quantity::time ||
            as.unit->quantity == Quantity::voltage)
            fail(
                "--unit {}: expected a unit of conductance, resistance or current: S, mS, uS, nS, "
                "ohm, kohm, Mohm, A, mA, uA, nA",
                line.value("unit"));
    }
    if (line.has("read-volt")) as.read_volts = value_of(line, "read-volt", 0.0);
    return as;
}

// The best first, or the one asked for.
std::vector<CurveFit> ranked(const CommandLine& line, const PulseResponse& response) {
    std::vector<CurveFit> fits = fit_curves(response);
    if (!line.has("family")) return fits;
    const std::string family = value_of(line, "family", std::string());
    std::stable_partition(fits.begin(), fits.end(),
                          [&](const CurveFit& fit) { return name_of(fit.curve.family) == family; });
    return fits;
}

// One that fails costs no other.
void write_outputs(const CommandLine& line,
                   const std::vector<std::pair<std::string, std::string>>& outputs) {
    std::optional<Error> failed;
    for (const auto& [name, text] : outputs)
        try {
            if (line.has(name)) replace_file(line.value(name), text);
        } catch (const Error& error) {
            if (!failed) failed = error;
        }
    if (failed) throw *failed;
}

int run(const CommandLine& line) {
    check_line(line);
    const std::string file = line.value("curve");
    const Measured measured =
        parse_response(file, text_of_file(file, "file of measurements"), measured_as(line));
    const std::vector<CurveFit> fits = ranked(line, measured.response);
    refuse_poor(file, measured, fits.front());
    print("{}\n", measured.summary);
    for (const std::string& note : measured.notes)
        print("  {}\n", note);
    print("\n");
    print_fits(fits);
    print_spreads(measured, fits.front());
    const Figure figure{file,
                        "Conductance after each pulse of the SET train, then of the RESET train",
                        {panel_of(measured, fits)}};
    if (line.has("figure")) {
        write_figure(figure_output(line), figure);
        return 0;
    }
    if (!line.has("draw")) put(sketch_of(figure.panels.front(), 72, 16));
    std::string drawing;
    if (line.has("draw"))
        drawing = drawn(figure, FigureWidth::page, paper_format_of("--draw", line.value("draw")));
    write_outputs(line, {{"draw", drawing}, {"out", target_text(file, measured, fits.front())}});
    if (line.has("out")) print("{}: {}\n", line.value("out"), name_of(fits.front().curve.family));
    return 0;
}

}  // namespace

extern const Command target_fit_command{
    .name = "target fit",
    .summary = "Fit pulse curves to measured ones, and write a target",
    .examples =
        "crossbar_sim target fit measured.csv --draw fit.svg --out mine.toml\n"
        "crossbar_sim target fit measured.csv --figure fit --out fit.pdf",
    .run = run,
    .arguments = arguments,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
