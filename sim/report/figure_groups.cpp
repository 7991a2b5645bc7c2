// Compares groups by their columns and departures.
#include "report/figure_groups.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/format.hpp"
#include "report/axes.hpp"
#include "report/report.hpp"
#include "session/settings.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {
namespace {

enum class Length { brief, full };

// "epochs 20"; of a key of the target "stuck_random 0.1"; a flag's name alone.
std::string text_of_departure(const std::pair<std::string, std::string>& departure,
                              Length length = Length::full) {
    constexpr std::string_view device = "device.";
    const auto& [name, value] = departure;
    const std::string key = name.starts_with(device) ? name.substr(device.size()) : name;
    if (value == "true") return key;
    // No line is broken between them.
    return key + "\u00a0" + (length == Length::brief ? brief(value) : value);
}

bool share(const GroupList& groups, const std::pair<std::string, std::string>& departure) {
    return std::all_of(groups.begin(), groups.end(), [&](const Group* group) {
        const Values& all = group->departures;
        return std::find(all.begin(), all.end(), departure) != all.end();
    });
}

bool share_column(const GroupList& groups) {
    return std::all_of(groups.begin(), groups.end(), [&](const Group* group) {
        return group->column() == groups.front()->column();
    });
}

std::vector<double> numbers_of(const Group& group, const RunNumber& number) {
    std::vector<double> values;
    for (const Result* run : group.runs)
        if (const double value = number(*run); value != missing) values.push_back(value);
    return values;
}

// Of groups that depart in nothing in which others do: what they have there, where that is said in
// few words.
std::string usual_name(const GroupList& groups, const std::set<std::string>& but, Length length) {
    std::set<std::string> varied;
    const Group* usual = nullptr;
    for (const Group* group : groups) {
        bool departs = false;
        for (const auto& departure : group->departures)
            if (!but.contains(departure.first) && !share(groups, departure)) {
                varied.insert(departure.first);
                departs = true;
            }
        if (!departs) usual = group;
    }
    if (!usual || varied.empty()) return {};
    std::vector<std::string> parts;
    for (const std::string& name : varied)
        if (const Setting* setting = find_setting(name))
            parts.push_back(
                text_of_departure({name, text_of(*setting, usual->first().settings)}, length));
    if (parts.empty() || parts.size() > 2) return "as usual";
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::string> names_of(const GroupList& groups, const std::set<std::string>& but,
                                  Length length) {
    const bool column = !share_column(groups) && !but.contains("column");
    std::vector<std::string> names;
    for (const Group* group : groups) {
        std::vector<std::string> parts;
        if (column) parts.push_back(group->column());
        for (const auto& departure : group->departures)
            if (!but.contains(departure.first) && !share(groups, departure))
                parts.push_back(text_of_departure(departure, length));
        names.push_back(fmt::format("{}", fmt::join(parts, ", ")));
    }
    const std::string usual = usual_name(groups, but, length);
    for (std::string& name : names)
        if (name.empty()) name = usual;
    return names;
}

}  // namespace

std::vector<GroupList> kinds_of(const std::vector<Group>& groups) {
    std::vector<GroupList> kinds;
    for (const Group& group : groups) {
        const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const GroupList& kind) {
            return title_of(*kind.front()) == title_of(group) &&
                   kind.front()->first().held_out == group.first().held_out;
        });
        (found == kinds.end() ? kinds.emplace_back() : *found).push_back(&group);
    }
    return kinds;
}

std::string panel_title(const GroupList& groups, const std::set<std::string>& but) {
    const Group& first = *groups.front();
    std::string title = title_of(first);
    if (first.first().held_out) title += ", held-out images";
    if (share_column(groups) && !but.contains("column")) title += ", " + first.column();
    for (const auto& departure : first.departures)
        if (!but.contains(departure.first) && share(groups, departure))
            title += ", " + text_of_departure(departure);
    return title;
}

std::vector<std::string> names_apart(const GroupList& groups, const std::set<std::string>& but) {
    // A long text, such as a network's, in full only where others begin as it does.
    const std::vector<std::string> names = names_of(groups, but, Length::brief);
    const bool apart = std::set(names.begin(), names.end()).size() == names.size();
    return apart ? names : names_of(groups, but, Length::full);
}

std::string rest_of(const Group& group, const std::set<std::string>& but) {
    std::string text = but.contains("column") ? "" : group.column();
    for (const auto& departure : group.departures)
        if (!but.contains(departure.first)) text += "\n" + departure.first + " " + departure.second;
    return text;
}

bool add_value(FigureSeries& series, const Group& group, double x, const RunNumber& number) {
    const std::vector<double> values = numbers_of(group, number);
    if (values.empty()) return false;
    series.values.push_back({x, mean(values), deviation(values)});
    if (values.size() > 1)
        for (const double value : values)
            series.runs.emplace_back(x, value);
    return true;
}

bool add_named(FigureSeries& series, const Group& group, std::size_t name,
               const RunNumber& number) {
    const std::vector<double> values = numbers_of(group, number);
    if (values.empty()) return false;
    const auto y = static_cast<double>(name);
    series.values.push_back({mean(values), y, deviation(values)});
    if (values.size() > 1)
        for (const double value : values)
            series.runs.emplace_back(value, y);
    return true;
}

void sort_values(std::vector<FigureSeries>& series) {
    for (FigureSeries& each : series)
        std::stable_sort(each.values.begin(), each.values.end(),
                         [](const FigureValue& a, const FigureValue& b) { return a.x < b.x; });
    std::erase_if(series, [](const FigureSeries& each) { return each.values.empty(); });
}

}  // namespace crossbar::sim
