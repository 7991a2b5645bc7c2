// Error against one number: lines of groups that differ in nothing else.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "array/target_keys.hpp"
#include "base/check.hpp"
#include "report/figure_groups.hpp"
#include "report/figures.hpp"

namespace crossbar::sim {
namespace {

constexpr const char* error_label = "test error, %";

double run_error(const Result& run) {
    return run.test_error;
}

// What a group's place on the x axis is; nothing where it has none.
using PlaceOf = std::function<std::optional<double>(const Group&)>;

// What of a group's column tells its line, where `but` has the column.
using LineOf = std::function<std::string(const Group&)>;

std::string whole_line(const Group&) {
    return {};
}

// Groups by what they have but for the number; those of one place fall away.
std::map<std::string, GroupList> lines_of(const GroupList& kind, const std::set<std::string>& but,
                                          const PlaceOf& place, const LineOf& line_of) {
    std::map<std::string, GroupList> lines;
    for (const Group* group : kind)
        if (place(*group)) lines[line_of(*group) + "\n" + rest_of(*group, but)].push_back(group);
    std::erase_if(lines, [&](const auto& line) {
        return std::all_of(line.second.begin(), line.second.end(), [&](const Group* group) {
            return *place(*group) == *place(*line.second.front());
        });
    });
    return lines;
}

// A panel for each kind of groups in which two or more differ in `but` alone.
std::vector<FigurePanel> panels_against(const std::vector<Group>& groups, const FigureAxis& axis,
                                        const std::set<std::string>& but, const PlaceOf& place,
                                        const LineOf& line_of = whole_line) {
    std::vector<FigurePanel> panels;
    for (const GroupList& kind : kinds_of(groups)) {
        const std::map<std::string, GroupList> lines = lines_of(kind, but, place, line_of);
        if (lines.empty()) continue;
        GroupList firsts;
        for (const auto& [rest, line] : lines)
            firsts.push_back(line.front());
        const std::vector<std::string> names = names_apart(firsts, but);
        FigurePanel panel{panel_title(firsts, but), axis, {error_label, true, 100}, {}};
        for (const auto& [rest, line] : lines) {
            const std::string& name = names[panel.series.size()];
            const std::string own = line_of(*line.front());
            FigureSeries series{own + (own.empty() || name.empty() ? "" : ", ") + name, {}};
            for (const Group* group : line)
                add_value(series, *group, *place(*group), run_error);
            panel.series.push_back(std::move(series));
        }
        sort_values(panel.series);
        panels.push_back(std::move(panel));
    }
    return panels;
}

void append(std::vector<FigurePanel>& to, std::vector<FigurePanel> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

struct Bits {
    const char* option;
    const char* label;
    int Settings::*bits;
    const char* rule;  // the only one that has it; null: all
};
constexpr Bits all_bits[] = {
    {"weight-bits", "bits per synapse", &Settings::weight_bits, nullptr},
    {"activation-bits", "bits per activation", &Settings::activation_bits, nullptr},
    {"error-bits", "bits per error", &Settings::error_bits, nullptr},
    {"feedback-bits", "bits per feedback synapse", &Settings::feedback_bits, nullptr},
    {"counter-bits", "bits per vote counter", &Settings::counter_bits, "bm4"}};

std::optional<double> value_of_key(const Group& group, const std::string& name) {
    for (const auto& [departure, value] : group.departures) {
        if (departure != "device." + name) continue;
        double number = 0;
        const char* end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data(), end, number);
        if (error == std::errc() && stop == end) return number;
    }
    return {};
}

// Error against a key of a target. Where faults are shares or spreads, a target that does not say
// the key has 0 of them; what is written into devices after training is another network even then.
std::vector<FigurePanel> key_panels(const std::vector<Group>& groups, const TargetTable& table,
                                    const TargetKey& key) {
    const std::string name = option_key(table, key);
    const bool ideal_has_0 =
        default_text(table, key) == "0" && std::string_view(table.name) != "inference";
    FigureAxis axis{*key.unit == '\0' ? name : fmt::format("{}, {}", name, key.unit), true};
    return panels_against(groups, axis, {"device." + name},
                          [&](const Group& group) -> std::optional<double> {
                              const RunSettings& o = group.first().settings;
                              if (o.training.arithmetic != Arithmetic::fixed) return {};
                              if (const auto value = value_of_key(group, name)) return value;
                              if (ideal_has_0 && o.target == "ideal") return 0;
                              return {};
                          });
}

std::vector<FigurePanel> panels_of_keys(const std::vector<Group>& groups,
                                        const std::string& beginning) {
    std::vector<FigurePanel> panels;
    std::set<std::string> seen;
    for (const TargetTable& table : target_tables().subspan(1))
        for (const TargetKey& key : table.keys)
            if (std::string_view(key.name).starts_with(beginning) &&
                seen.insert(option_key(table, key)).second)
                append(panels, key_panels(groups, table, key));
    return panels;
}

}  // namespace

std::vector<FigurePanel> bits_panels(const std::vector<Group>& groups) {
    std::vector<FigurePanel> panels;
    for (const Bits& bits : all_bits)
        append(panels, panels_against(groups, {bits.label}, {bits.option},
                                      [&](const Group& group) -> std::optional<double> {
                                          const Settings& s = group.first().settings.training;
                                          if (s.arithmetic != Arithmetic::fixed ||
                                              (bits.rule && s.rule != bits.rule))
                                              return {};
                                          return s.*bits.bits;
                                      }));
    return panels;
}

std::vector<FigurePanel> stuck_panels(const std::vector<Group>& groups) {
    return panels_of_keys(groups, "stuck");
}

std::vector<FigurePanel> fault_panels(const std::vector<Group>& groups) {
    return panels_of_keys(groups, "");
}

std::vector<FigurePanel> concordance_panels(const std::vector<Group>& groups) {
    const auto scheme_of = [](const Group& group) {
        return group.first().settings.training.feedback;
    };
    return panels_against(
        groups, {"feedback signs that agree, %"}, {"column"},
        [&](const Group& group) -> std::optional<double> {
            const std::string scheme = scheme_of(group);
            if (!scheme.starts_with("brsf") && !scheme.starts_with("frsf")) return {};
            return scheme.ends_with("-p") ? 100 * group.first().settings.training.concordance : 100;
        },
        // "frsf+bn+bm1" of frsf-p50+bn+bm1.
        [&](const Group& group) {
            const std::string& column = group.column();
            return scheme_of(group).substr(0, 4) +
                   column.substr(std::min(column.find('+'), column.size()));
        });
}

std::vector<FigurePanel> pulse_panels(const std::vector<Group>& groups) {
    std::vector<FigurePanel> panels;
    for (const GroupList& kind : kinds_of(groups)) {
        FigurePanel panel{panel_title(kind, {"column"}),
                          {"pulses per synapse in the whole training", true},
                          {error_label, true, 100},
                          {}};
        std::map<std::string, FigureSeries> rules;
        for (const Group* group : kind) {
            const Settings& s = group->first().settings.training;
            const double pulses = group->spread(&Result::pulses).mean;
            if (s.arithmetic != Arithmetic::fixed || pulses <= 0) continue;
            FigureSeries& series = rules[s.rule];
            series.name = s.rule;
            series.line = false;
            if (add_value(series, *group, pulses, run_error)) series.runs.clear();
        }
        for (auto& [rule, series] : rules)
            panel.series.push_back(std::move(series));
        sort_values(panel.series);
        if (!panel.series.empty()) panels.push_back(std::move(panel));
    }
    return panels;
}

}  // namespace crossbar::sim
