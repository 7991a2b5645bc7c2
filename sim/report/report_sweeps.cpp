// Error against one setting: lines of groups that differ in nothing else.
#include "report/report_sweeps.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "study/experiments.hpp"
#include "study/sweep.hpp"

namespace crossbar::sim {
namespace {

using Points = std::map<double, double>;

// Takes KEY=VALUE out of " --device a=1;KEY=VALUE ..".
void without_key(std::string& text, const std::string& key) {
    const std::string head = " --device ";
    const std::size_t at = text.find(head);
    if (at == text.npos) return;
    const std::size_t first = at + head.size();
    const std::size_t end = std::min(text.find(" --", first), text.size());
    std::vector<std::string> kept = target_changes(text.substr(first, end - first));
    std::erase_if(kept, [&](const std::string& change) { return change.starts_with(key + "="); });
    text.replace(at, end - at, kept.empty() ? "" : head + fmt::format("{}", fmt::join(kept, ";")));
}

}  // namespace

std::vector<Block> charts_of(const Chart& frame, std::vector<Series> all) {
    std::erase_if(all, [](const Series& series) { return series.points.empty(); });
    std::vector<Block> charts;
    const std::size_t count = (all.size() + most_series - 1) / most_series;
    for (std::size_t i = 0; i < count; ++i) {
        Chart chart = frame;
        if (count > 1) chart.title += fmt::format(" ({} of {})", i + 1, count);
        const std::size_t first = i * all.size() / count, last = (i + 1) * all.size() / count;
        for (std::size_t k = first; k < last; ++k)
            chart.series.push_back(std::move(all[k]));
        charts.emplace_back(std::move(chart));
    }
    return charts;
}

void append(std::vector<Block>& to, std::vector<Block> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

std::vector<std::pair<std::string, std::vector<const Group*>>> by_title(const Groups& groups) {
    std::vector<std::pair<std::string, std::vector<const Group*>>> all;
    for (const Group& group : groups) {
        if (group.first().held_out) continue;
        const std::string title = title_of(group);
        if (all.empty() || all.back().first != title) all.push_back({title, {}});
        all.back().second.push_back(&group);
    }
    return all;
}

std::string settings_without(const Group& group, const std::string& option) {
    std::string text = (group.settings.empty() ? "" : " ") + group.settings;
    if (option.starts_with(device_axis)) {
        without_key(text, option.substr(device_axis.size()));
        return text;
    }
    const std::size_t at = text.find(" --" + option + " ");
    if (at != text.npos) {
        std::size_t end = text.find(" --", at + 1);
        text.erase(at, end == text.npos ? end : end - at);
    }
    return text;
}

Section sweep_section(const std::string& id, const std::string& title, const std::string& intro,
                      const Chart& frame, const Groups& groups, const Place& place) {
    Section section{id, title, {}, {}};
    for (const auto& [name, members] : by_title(groups)) {
        std::map<std::string, Points> lines;
        for (const Group* group : members) {
            const auto [line, x] = place(*group);
            const Group::Spread error = group->spread(&Result::test_error);
            if (!line.empty() && error.count > 0) lines[line][x] = error.mean;
        }
        std::vector<Series> series;
        for (const auto& [line, points] : lines)
            if (points.size() > 1) series.push_back({line, {points.begin(), points.end()}});
        Chart chart = frame;
        chart.title = name;
        append(section.blocks, charts_of(chart, std::move(series)));
    }
    if (!section.blocks.empty()) section.blocks.insert(section.blocks.begin(), Paragraph{intro});
    return section;
}

bool was_made_for(const Group& group, const std::string& experiment) {
    return std::any_of(group.runs.begin(), group.runs.end(),
                       [&](const Result* run) { return run->experiment == experiment; });
}

bool is_ablated(const Group& group) {
    for (const PaperExperiment& experiment : paper_experiments()) {
        if (!was_made_for(group, experiment.name)) continue;
        for (const RowAxis& axis : experiment.rows) {
            std::string without = settings_without(group, parse_axis(axis.sweep).option);
            if (without.starts_with(' ')) without.erase(0, 1);
            if (without != group.settings) return true;
        }
    }
    return false;
}

std::optional<double> device_value(const Group& group, const std::string& key) {
    for (const std::string& change : target_changes(group.first().settings.device)) {
        if (!change.starts_with(key + "=")) continue;
        double value = 0;
        const char* end = change.data() + change.size();
        const auto [stop, error] = std::from_chars(change.data() + key.size() + 1, end, value);
        if (error == std::errc() && stop == end) return value;
    }
    return {};
}

}  // namespace crossbar::sim
