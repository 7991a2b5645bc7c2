// The table of figures, and which groups they are of.
#include "report/figures.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/split.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {
namespace {

constexpr ReportFigure table[] = {
    {"learning", "test error after each epoch",
     "no run of several epochs; make one: crossbar_sim study --sweep rule=bm1,bm3 --epochs 5",
     learning_panels},
    {"bits", "test error against bits per synapse, activation, error, feedback synapse or counter",
     "no runs that differ in bits alone; make them: crossbar_sim study --sweep weight-bits=1,2,4,8",
     bits_panels},
    {"pulses", "test error against pulses per synapse",
     "no run that counted pulses; make some: crossbar_sim study --sweep rule=bm1,bm3,bm4",
     pulse_panels},
    {"stuck", "test error against the share of stuck devices",
     "no runs that differ in stuck devices alone; make them: crossbar_sim study --sweep "
     "device.stuck_random=0.01,0.03,0.1",
     stuck_panels},
    {"faults", "test error against every key of a target that was varied",
     "no runs that differ in a key of their target alone; make them: crossbar_sim study "
     "--experiment faults",
     fault_panels},
    {"concordance", "test error against the share of feedback signs that agree",
     "no runs that differ in it alone; make them: crossbar_sim study --experiment B",
     concordance_panels},
    {"targets", "test error of each target",
     "no runs that differ in their target alone; make them: crossbar_sim study --sweep "
     "target=ideal,pcm,reram_sb",
     target_panels},
    {"angles", "angle to the true gradient over the depth of the network",
     "no run tells angles of gradients; make one: crossbar_sim study --sweep rule=bm1 --diagnose",
     angle_panels},
    {"energy", "energy of each part of the hardware, for inference and training",
     "no run tells what its parts cost, of a target that has figures for it; make some: "
     "crossbar_sim study "
     "--sweep target=pcmo,taox_hfox --cost",
     energy_panels},
};

// What --only may name, as a group has it: "column", "device.KEY", or a setting of a run.
std::string value_of_group(const Group& group, const std::string& name) {
    if (name == "column") return group.column();
    const Setting* setting = find_setting(name);
    if (!setting) {
        for (const auto& [departure, value] : group.departures)
            if (departure == name) return value;
        return "";
    }
    return text_of(*setting, group.first().settings);
}

// One "SETTING=VALUE[,VALUE..]".
struct Choice {
    std::string name;
    std::vector<std::string> values;
};

Choice choice_of(const std::string& text) {
    const std::size_t at = text.find('=');
    if (at == text.npos || at == 0)
        fail("--only {}: expected SETTING=VALUE[,VALUE..], such as rule=bm1,bm4", text);
    Choice choice{text.substr(0, at), split(text.substr(at + 1), ",")};
    if (choice.name != "column" && !choice.name.starts_with("device.") &&
        !find_setting(choice.name)) {
        std::vector<std::string> names{"column"};
        for (const Setting& setting : settings_table())
            names.emplace_back(setting.name);
        const std::string meant = meant_option(choice.name, setting_synonyms(), names);
        fail("--only {}: there is no setting {}{}", text, choice.name,
             meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant));
    }
    return choice;
}

// "column (bm1, bm3), epochs (3, 20)": some of what --only can choose by, with the values that
// there are.
std::string differences(const std::vector<Group>& groups) {
    constexpr std::size_t most_settings = 6, most_values = 6, longest = 24;
    std::vector<std::string> names{"task", "arithmetic", "column", "target"};
    for (const Group& group : groups)
        for (const auto& [name, value] : group.departures)
            if (name != "files" && std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(name);
    std::vector<std::string> parts;
    for (const std::string& name : names) {
        std::set<std::string> values;
        for (const Group& group : groups)
            values.insert(value_of_group(group, name));
        values.erase("");
        std::vector<std::string> shown(values.begin(), values.end());
        if (shown.size() < 2 ||
            std::any_of(shown.begin(), shown.end(),
                        [](const std::string& text) { return text.size() > longest; }))
            continue;
        if (shown.size() > most_values) shown.resize(most_values), shown.emplace_back("..");
        parts.push_back(fmt::format("{} ({})", name, fmt::join(shown, ", ")));
    }
    if (parts.size() > most_settings) parts.resize(most_settings), parts.emplace_back("..");
    return fmt::format("{}", fmt::join(parts, ", "));
}

// Of a panel with more lines than can be told apart equal parts, in the order of their names.
std::vector<FigurePanel> parts_of(FigurePanel panel) {
    const std::size_t count = (panel.series.size() + most_looks - 1) / most_looks;
    if (count < 2) return {std::move(panel)};
    std::stable_sort(panel.series.begin(), panel.series.end(),
                     [](const FigureSeries& a, const FigureSeries& b) { return a.name < b.name; });
    std::vector<FigurePanel> parts;
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = [&](std::size_t part) {
            return panel.series.begin() +
                   static_cast<std::ptrdiff_t>(part * panel.series.size() / count);
        };
        parts.push_back({fmt::format("{} ({} of {})", panel.title, i + 1, count),
                         panel.x,
                         panel.y,
                         {at(i), at(i + 1)}});
    }
    return parts;
}

}  // namespace

std::span<const ReportFigure> report_figures() {
    return table;
}

std::string figure_names() {
    std::vector<std::string> names;
    for (const ReportFigure& figure : table)
        names.emplace_back(figure.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

const ReportFigure& report_figure_named(const std::string& name) {
    for (const ReportFigure& figure : table)
        if (name == figure.name) return figure;
    std::string list;
    for (const ReportFigure& figure : table)
        list += fmt::format("\n  {:<12} {}", figure.name, figure.shows);
    if (name.empty()) fail("--figure: expected the name of a figure:{}", list);
    fail("--figure {}: there is no such figure; there are:{}", name, list);
}

Figure report_figure(const ReportFigure& figure, const std::vector<Group>& groups) {
    constexpr std::size_t most_panels = 12;
    Figure made{figure.shows, "", {}};
    for (FigurePanel& panel : figure.panels(groups))
        for (FigurePanel& part : parts_of(std::move(panel)))
            made.panels.push_back(std::move(part));
    if (made.panels.empty()) fail("--figure {}: {}", figure.name, figure.lacks);
    if (made.panels.size() > most_panels)
        fail(
            "--figure {}: {} panels, and {} are as many as a page holds; choose runs with --only "
            "SETTING=VALUE,..; they differ in {}",
            figure.name, made.panels.size(), most_panels, differences(groups));
    std::vector<std::string> titles;
    for (const FigurePanel& panel : made.panels)
        titles.push_back(panel.title);
    made.description = fmt::format("{}. Means over seeds, bars are standard deviations. {}",
                                   figure.shows, fmt::join(titles, "; "));
    return made;
}

std::vector<Group> only(std::vector<Group> groups, const std::string& lines) {
    for (const std::string& line : split(lines, "\n")) {
        if (line.empty()) continue;
        const Choice choice = choice_of(line);
        std::set<std::string> there;
        std::erase_if(groups, [&](const Group& group) {
            const std::string value = value_of_group(group, choice.name);
            there.insert(value);
            return std::find(choice.values.begin(), choice.values.end(), value) ==
                   choice.values.end();
        });
        if (groups.empty())
            fail("--only {}: no run has that; there are: {}", line, fmt::join(there, ", "));
    }
    return groups;
}

}  // namespace crossbar::sim
