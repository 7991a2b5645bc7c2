// The command report: what stores hold, as a page or a table.
#include "report/report.hpp"

#include "base/check.hpp"
#include "commands/command.hpp"

namespace crossbar::sim {
namespace {

int run(const CommandLine& line) {
    if (!line.has("out"))
        fail("crossbar_sim report: expected --out FILE, such as --out report.html");
    std::vector<std::string> stores;
    for (const auto& [name, text] : line.values)
        if (name == "stores") stores.push_back(text);
    write_report(stores, line.value("out"));
    return 0;
}

constexpr Argument arguments[] = {{"stores", "STORE..."}};
constexpr OptionGroup groups[] = {{"Options", "out"}};
constexpr Option own[] = {{"out", "", "FILE", "a page (.html), Markdown (.md), or a table (.csv)"}};

}  // namespace

extern const Command report_command{
    .name = "report",
    .summary = "Write the runs in result stores as one page",
    .examples = "crossbar_sim report docs/results --out report.html",
    .run = run,
    .arguments = arguments,
    .groups = groups,
    .own = own};

}  // namespace crossbar::sim
