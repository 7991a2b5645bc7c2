// Figures over names: error of targets, energy of the hardware's parts.
#include <algorithm>
#include <map>

#include "array/target.hpp"
#include "base/check.hpp"
#include "report/figure_groups.hpp"
#include "report/figures.hpp"

namespace crossbar::sim {
namespace {

// Departures without the bits that a built-in target brings itself.
Group without_bits_of_target(Group group) {
    const RunSettings& o = group.first().settings;
    const std::vector<std::string> built_in = target_names();
    if (std::find(built_in.begin(), built_in.end(), o.target) == built_in.end()) return group;
    const int bits = load_target(o.target).weight_bits;
    if (bits == o.training.weight_bits)
        std::erase_if(group.departures, [](const auto& d) { return d.first == "weight-bits"; });
    return group;
}

// Names of targets, those with the least error first.
std::vector<std::string> targets_of(const GroupList& members) {
    std::map<std::string, double> least;
    for (const Group* group : members) {
        const double error = group->spread(&Result::test_error).mean;
        const auto [at, added] = least.emplace(group->first().settings.target, error);
        if (!added) at->second = std::min(at->second, error);
    }
    std::vector<std::string> names;
    names.reserve(least.size());
    for (const auto& [name, error] : least)
        names.push_back(name);
    std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
        return least.at(a) < least.at(b);
    });
    return names;
}

// The groups that have another one which differs in the target alone.
GroupList with_other_targets(const GroupList& kind) {
    std::map<std::string, GroupList> alike;
    for (const Group* group : kind)
        if (group->first().settings.training.arithmetic == Arithmetic::fixed &&
            group->spread(&Result::test_error).count > 0)
            alike[rest_of(*group, {"target"})].push_back(group);
    GroupList members;
    for (const auto& [rest, same] : alike)
        if (same.size() > 1) members.insert(members.end(), same.begin(), same.end());
    return members;
}

std::size_t place_of(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

// Of one phase the parts that cost something, in the order of records.
std::vector<std::string> parts_of(const GroupList& members, const std::string& phase) {
    std::vector<std::string> parts;
    for (const Group* group : members)
        for (const CostState& part : group->first().cost)
            if (part.phase == phase && part.joules > 0 &&
                std::find(parts.begin(), parts.end(), part.part) == parts.end())
                parts.push_back(part.part);
    return parts;
}

double joules_of(const Result& run, const std::string& phase, const std::string& part) {
    for (const CostState& state : run.cost)
        if (state.phase == phase && state.part == part && state.joules > 0) return state.joules;
    return missing;
}

FigurePanel energy_panel(const GroupList& members, const char* phase, const char* unit) {
    const std::vector<std::string> parts = parts_of(members, phase);
    const std::vector<std::string> names = names_apart(members);
    FigurePanel panel{fmt::format("{}: {}", phase, panel_title(members)),
                      {unit, true},
                      {"", false, INFINITY, parts},
                      {}};
    for (std::size_t i = 0; i < members.size(); ++i) {
        FigureSeries series{names[i], {}};
        for (std::size_t p = 0; p < parts.size(); ++p)
            add_named(series, *members[i], p,
                      [&](const Result& run) { return joules_of(run, phase, parts[p]); });
        panel.series.push_back(std::move(series));
    }
    return panel;
}

}  // namespace

std::vector<FigurePanel> target_panels(const std::vector<Group>& all) {
    std::vector<Group> groups;
    groups.reserve(all.size());
    for (const Group& group : all)
        groups.push_back(without_bits_of_target(group));
    std::vector<FigurePanel> panels;
    for (const GroupList& kind : kinds_of(groups)) {
        const GroupList members = with_other_targets(kind);
        if (members.empty()) continue;
        const std::vector<std::string> targets = targets_of(members);
        FigurePanel panel{panel_title(members, {"target"}),
                          {"test error, %", true, 100},
                          {"", false, INFINITY, targets},
                          {}};
        const std::vector<std::string> names = names_apart(members, {"target"});
        for (std::size_t i = 0; i < members.size(); ++i) {
            const auto found =
                std::find_if(panel.series.begin(), panel.series.end(),
                             [&](const FigureSeries& s) { return s.name == names[i]; });
            FigureSeries& series =
                found == panel.series.end()
                    ? panel.series.emplace_back(FigureSeries{names[i], {}, {}, false})
                    : *found;
            add_named(series, *members[i], place_of(targets, members[i]->first().settings.target),
                      [](const Result& run) { return run.test_error; });
        }
        panels.push_back(std::move(panel));
    }
    return panels;
}

std::vector<FigurePanel> energy_panels(const std::vector<Group>& groups) {
    std::vector<FigurePanel> panels;
    for (const GroupList& kind : kinds_of(groups)) {
        GroupList members;
        for (const Group* group : kind)
            if (!parts_of({group}, "inference").empty()) members.push_back(group);
        if (members.empty()) continue;
        panels.push_back(energy_panel(members, "inference", "energy per image, J"));
        panels.push_back(energy_panel(members, "training", "energy per image, J"));
    }
    return panels;
}

}  // namespace crossbar::sim
