// The command report: what stores hold, as a page, a table or a figure.
#include "report/report.hpp"

#include "base/check.hpp"
#include "commands/command.hpp"
#include "commands/figure_output.hpp"
#include "report/figures.hpp"

namespace crossbar::sim {
namespace {

// The name comes first: to ask which there are, no file is needed.
void write_figure_of(const CommandLine& line, const std::vector<std::string>& stores) {
    const ReportFigure& figure = report_figure_named(line.value("figure"));
    const FigureOutput output = figure_output(line);
    const Results results = results_told(stores);
    const std::vector<Group> groups = groups_of(results);
    write_figure(output, report_figure(
                             figure, line.has("only") ? only(groups, line.value("only")) : groups));
}

int run(const CommandLine& line) {
    for (const char* name : {"width", "only"})
        if (line.has(name) && !line.has("figure"))
            fail("--{} belongs to --figure NAME, which is not given", name);
    std::vector<std::string> stores;
    for (const auto& [name, text] : line.values)
        if (name == "stores") stores.push_back(text);
    if (line.has("figure"))
        write_figure_of(line, stores);
    else
        write_report(stores, line.has("out") ? line.value("out") : "",
                     line.has("draw") ? line.value("draw") : "");
    return 0;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const ReportFigure& figure : report_figures())
        all.emplace_back(figure.name);
    return all;
}

constexpr Argument arguments[] = {{"stores", "STORE..."}};
constexpr OptionGroup groups[] = {{"Options", "out draw"},
                                  {"Figures for papers", "figure width only"}};
constexpr Option own[] = {
    {"out", "", "FILE",
     "a page to explore (.html), or .md, .csv; without it the first screen is printed; with "
     "--figure .svg, .pdf or .png"},
    {"draw", "", "FILE",
     "short for --figure angles --out FILE; as wide as a page; also beside a page of --out"},
    {"figure", "", "[NAME]", "one figure, in the format of --out; without NAME they are listed", 0,
     0, names},
    {"width", "", "WIDTH", "as wide as a journal's column or page; 88 or 180 mm", 0, 0,
     figure_widths},
    {"only", "", "SETTING=VALUES...",
     "runs with one of these values alone; such as task=mnist or column=frsf+bn+bm1,frsf+bn+bm4"}};

}  // namespace

extern const Command report_command{
    .name = "report",
    .summary = "Show the runs in stores, or write a page or figure",
    .examples =
        "crossbar_sim report docs/results\n"
        "crossbar_sim report docs/results --out report.html\n"
        "crossbar_sim report docs/results --figure stuck --out stuck.pdf",
    .run = run,
    .arguments = arguments,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
