// Runs put together that differ in the seed alone, and what sets their settings apart.
#include <algorithm>

#include "columns.hpp"
#include "command_line.hpp"
#include "crossbar/check.hpp"
#include "results.hpp"
#include "table.hpp"

namespace crossbar::sim {
namespace {

// What the column's name and the tables' headings tell already.
bool told_elsewhere(const std::string& option) {
    for (const char* name : {"task", "data", "column", "seed", "arithmetic", "feedback", "bn",
                             "rule", "concordance", "train-layers"})
        if (option == name) return true;
    return false;
}

bool is_column(const std::string& name) {
    const auto all = columns();
    return std::any_of(all.begin(), all.end(), [&](const Column& c) { return name == c.name; });
}

std::string settings_of(const Result& run) {
    Options options = run.options;
    options.column = is_column(run.column) ? run.column : "";
    std::string text;
    for (const auto& [name, value] : departures(options, task_of(options)))
        if (!told_elsewhere(name) && read_by(options.settings.arithmetic, *find_option(name)))
            text += fmt::format("{}--{} {}", text.empty() ? "" : " ", name, value);
    return text;
}

std::string key_of(const Result& run) {
    std::string key = fmt::format("{}\n{}\n{}\n", run.task(), run.options.data, run.column);
    for (const Option& option : option_table())
        if (const std::string name = option.name; option.kept != Kept::no && name != "seed" &&
                                                  name != "column" &&
                                                  read_by(run.options.settings.arithmetic, option))
            key += text_of(option, run.options) + "\n";
    return key;
}

}  // namespace

Task task_of(const Options& options) {
    const std::vector<std::string> names = task_names();
    if (std::find(names.begin(), names.end(), options.task) != names.end())
        return load_task(options.task);
    Task task;
    task.name = options.task;
    task.network = options.settings.network;
    return task;
}

Group::Spread Group::spread(double Result::*number) const {
    std::vector<double> values;
    for (const Result* run : runs)
        if (run->*number != missing) values.push_back(run->*number);
    if (values.empty()) return {};
    return {mean(values), deviation(values), values.size()};
}

std::vector<Group> groups_of(const Results& results) {
    std::map<std::string, std::map<std::uint64_t, const Result*>> by_key;
    for (const Result& run : results.runs)
        by_key[key_of(run)][run.options.settings.seed] = &run;
    std::vector<Group> groups;
    for (const auto& [key, by_seed] : by_key) {
        Group group;
        for (const auto& [seed, run] : by_seed)
            group.runs.push_back(run);
        group.settings = settings_of(group.first());
        groups.push_back(std::move(group));
    }
    std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
        const auto order = [](const Group& g) {
            return std::tuple(g.task(), !g.first().real(), g.first().arithmetic() != "fixed",
                              g.column(), g.settings.size(), g.settings);
        };
        return order(a) < order(b);
    });
    return groups;
}

std::string text_of(const Group::Spread& spread, int decimals) {
    if (spread.count == 0) return "-";
    if (spread.count == 1) return fmt::format("{:.{}f} (1 seed)", spread.mean, decimals);
    return fmt::format("{:.{}f} ± {:.{}f} ({} seeds)", spread.mean, decimals, spread.deviation,
                       decimals, spread.count);
}

}  // namespace crossbar::sim
