// The command target show: a target in figures, and its pulse curves.
#include <algorithm>
#include <optional>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "commands/command.hpp"
#include "commands/figure_output.hpp"
#include "commands/target_figures.hpp"
#include "pictures/sketch.hpp"
#include "session/settings.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

void print_figure(const std::string& name, const std::string& text) {
    print("  {:<14} {}\n", name, text);
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

// Its device's curves as a sketch, where there is one.
void print_target(const CommandLine& line, const TargetDevice& t) {
    const Target& target = t.target;
    print("{}: {}\n  {}\n", target.name, target.title, target.citation);
    if (!target.hardware.device) print_figure("device", "ideal: a pulse moves a synapse one level");
    if (target.hardware.device) print_device(*target.hardware.device, *t.device, t.bits);
    if (!target.expected.empty())
        print_figure("MNIST", fmt::format("{} to {} % test error expected", target.expected[0],
                                          target.expected[1]));
    print_keys(target);
    if (target.hardware.device && !line.has("draw")) put(sketch_of(pulse_panel(t), 72, 16));
}

TargetDevice device_of(const CommandLine& line, const std::string& name) {
    TargetDevice t{load_target(name), nullptr, 0};
    if (line.has("draw") || line.has("figure"))
        if (!t.target.hardware.device)
            fail("--{}: the device of {} is ideal, which has no curve",
                 line.has("draw") ? "draw" : "figure", t.target.name);
    RunSettings options;
    if (t.target.weight_bits != 0) options.training.weight_bits = t.target.weight_bits;
    if (line.has("weight-bits")) set(options, "weight-bits", line.value("weight-bits"));
    const Plan plan = make_plan(options.training, t.target.hardware);
    t.device = plan.device;
    t.bits = plan.weight_bits;
    return t;
}

constexpr NamedFigure figures[] = {
    {"pulses", "position after each pulse, SET and then RESET, of the targets over one another"},
    {"steps", "how far a pulse moves a device, by where it stands"}};

std::vector<std::string> names_of_figures() {
    return {"pulses", "steps"};
}

void check_options(const CommandLine& line) {
    for (const char* name : {"width", "measured", "out"})
        if (line.has(name) && !line.has("figure"))
            fail("--{} belongs to --figure NAME, which is not given", name);
    if (line.has("figure")) check_figure_name(line.value("figure"), figures);
    if (line.has("draw")) paper_format_of("--draw", line.value("draw"));
}

int run(const CommandLine& line) {
    check_options(line);
    std::optional<FigureOutput> output;
    if (line.has("figure")) output = figure_output(line);
    std::vector<TargetDevice> targets;
    for (const auto& [name, text] : line.values)
        if (name == "target") targets.push_back(device_of(line, text));
    std::vector<MeasuredTrains> measured;
    if (line.has("measured")) measured.push_back(measured_trains(line.value("measured")));
    if (output) {
        write_figure(*output, output->name == "pulses" ? pulse_figure(targets, measured)
                                                       : step_figure(targets));
        return 0;
    }
    for (const TargetDevice& target : targets) {
        if (&target != &targets.front()) print("\n");
        print_target(line, target);
    }
    if (!line.has("draw")) return 0;
    Figure figure = pulse_figure(targets, {});
    for (FigurePanel& panel : step_figure(targets).panels) {
        if (targets.size() == 1)  // the name of the same curve in the first panel
            panel.series.front().name = figure.panels.front().series.front().name;
        figure.panels.push_back(std::move(panel));
    }
    replace_file(line.value("draw"),
                 drawn(figure, FigureWidth::page, paper_format_of("--draw", line.value("draw"))));
    return 0;
}

constexpr Argument target[] = {{"target", "NAME|FILE.toml..."}};
constexpr OptionGroup groups[] = {{"Options", "draw weight-bits"},
                                  {"Figures for papers", "figure out width measured"}};
constexpr Option own[] = {
    {"draw", "", "FILE",
     "draw pulse curves and steps (.svg, .pdf, .png); without it curves are printed as a sketch"},
    {"figure", "", "[NAME]", "pulses or steps, of one target or of several over one another", 0, 0,
     names_of_figures},
    {"out", "", "FILE", "the figure's file; .svg, .pdf or .png"},
    {"width", "", "WIDTH", "as wide as a journal's column or page; 88 or 180 mm", 0, 0,
     figure_widths},
    {"measured", "", "FILE.csv",
     "measured points over the pulse curves; a file as target fit takes"}};

}  // namespace

extern const Command target_show_command{
    .name = "target show",
    .summary = "Show targets in figures, and their pulse curves",
    .examples =
        "crossbar_sim target show pcmo\n"
        "crossbar_sim target show pcm reram_sb --figure pulses --out pulses.pdf",
    .run = run,
    .arguments = target,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
