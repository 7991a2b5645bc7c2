// The command report: what stores hold, as a page or a table.
#include "report/report.hpp"

#include "commands/command.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    std::vector<std::string> stores;
    for (const auto& [name, text] : line.values)
        if (name == "stores") stores.push_back(text);
    write_report(stores, line.has("out") ? line.value("out") : "",
                 line.has("draw") ? line.value("draw") : "");
    return 0;
}

constexpr Argument arguments[] = {{"stores", "STORE..."}};
constexpr OptionGroup groups[] = {{"Options", "out draw"}};
constexpr Option own[] = {
    {"out", "", "FILE",
     "a page to explore (.html), Markdown (.md), or a table (.csv); without it the first screen is "
     "printed"},
    {"draw", "", "FILE.svg",
     "draw the angles of --diagnose by layer; runs over one another, then each in its first, "
     "middle and last epoch"}};

}  // namespace

extern const Command report_command{
    .name = "report",
    .summary = "Show the runs in result stores, or write them as one page",
    .examples =
        "crossbar_sim report docs/results\n"
        "crossbar_sim report docs/results --out report.html",
    .run = run,
    .arguments = arguments,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
