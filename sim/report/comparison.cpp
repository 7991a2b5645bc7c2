// Lays comparisons out: which axis becomes rows, columns, the x axis or lines.
#include "report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/check.hpp"
#include "base/format.hpp"
#include "report/report.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_columns = 8;  // of rows and columns that a screen takes

std::string number_text(double value, int decimals) {
    return value == missing ? "-" : fmt::format("{:.{}f}", value, decimals);
}

double mean_error(const Group& group) {
    return group.spread(&Result::test_error).mean;
}

std::string head_of(const SettingAxis& axis) {
    std::string head = axis.name;
    for (const std::string& other : axis.along)
        head += ", " + other;
    return head;
}

// What it says of settings that go along with an axis, too.
std::string value_of(const SettingAxis& axis, const Comparison& part, std::size_t g) {
    std::string text = axis.value(g);
    for (const std::string& other : axis.along)
        text += ", " + setting_value(*part.groups[g], other);
    return text;
}

std::string caption_of(const Comparison& part) {
    return fmt::format("Test error in percent, {}: {}", kind_text(part), shared_text(part.axes));
}

PageTable grid_of(const Comparison& part) {
    const SettingAxis& down = part.axes.axes[0];
    const SettingAxis& across = part.axes.axes[1];
    PageTable t{caption_of(part), {}, 1, {}};
    t.table.head = {head_of(down)};
    for (std::size_t c = 0; c < across.values.size(); ++c)
        for (std::size_t g = 0; g < part.groups.size(); ++g)
            if (across.places[g] == c) {
                t.table.head.push_back(across.name + " " + value_of(across, part, g));
                break;
            }
    t.table.rows.assign(down.values.size(), std::vector<std::string>(t.table.head.size(), "-"));
    for (std::size_t g = 0; g < part.groups.size(); ++g) {
        std::vector<std::string>& row = t.table.rows[down.places[g]];
        row[0] = value_of(down, part, g);
        row[1 + across.places[g]] = cell_text(*part.groups[g]);
    }
    return t;
}

// Groups by the place on the first axis, or by error where that has no order of its own.
std::vector<std::size_t> order_of(const Comparison& part) {
    std::vector<std::size_t> order(part.groups.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::vector<SettingAxis>& axes = part.axes.axes;
    const bool by_error =
        axes.size() != 1 || (axes[0].scale == Scale::words && axes[0].name != "column");
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (!by_error) return axes[0].places[a] < axes[0].places[b];
        return mean_error(*part.groups[a]) < mean_error(*part.groups[b]);
    });
    return order;
}

std::string line_name(const Comparison& part, std::size_t g, const SettingAxis& x) {
    std::vector<std::string> words;
    for (const SettingAxis& axis : part.axes.axes)
        if (&axis != &x)
            words.push_back(axis.scale == Scale::words ? axis.value(g)
                                                       : axis.name + " " + axis.value(g));
    return fmt::format("{}", fmt::join(words, ", "));
}

ErrorChart chart_against(const Comparison& part, const SettingAxis& x) {
    ErrorChart chart{"Error against " + x.name,
                     fmt::format("Test error in percent against {}, {}: {}", x.name,
                                 kind_text(part), shared_text(part.axes)),
                     x.name,
                     x.scale,
                     {},
                     x.scale != Scale::words,
                     {}};
    if (x.scale == Scale::words) chart.words = x.values;
    std::map<std::string, ErrorLine> lines;
    for (std::size_t g = 0; g < part.groups.size(); ++g) {
        double at = static_cast<double>(x.places[g]);
        if (x.scale != Scale::words && !is_number(x.value(g), at)) continue;
        if (mean_error(*part.groups[g]) == missing) continue;
        ErrorLine& line = lines[line_name(part, g, x)];
        line.points.push_back({at, part.groups[g]});
    }
    for (auto& [name, line] : lines) {
        line.name = name;
        std::stable_sort(line.points.begin(), line.points.end(),
                         [](const ErrorPoint& a, const ErrorPoint& b) { return a.x < b.x; });
        chart.lines.push_back(std::move(line));
    }
    return chart;
}

// The best first, so that the chart can be read like its table.
void sort_words(ErrorChart& chart) {
    std::vector<double> sum(chart.words.size()), count(chart.words.size());
    for (const ErrorLine& line : chart.lines)
        for (const ErrorPoint& point : line.points) {
            sum[static_cast<std::size_t>(point.x)] += std::log(0.01 + error_of(point));
            ++count[static_cast<std::size_t>(point.x)];
        }
    std::vector<std::size_t> order(chart.words.size()), place(chart.words.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return sum[a] / std::max(count[a], 1.0) < sum[b] / std::max(count[b], 1.0);
    });
    std::vector<std::string> words;
    for (std::size_t i = 0; i < order.size(); ++i) {
        place[order[i]] = i;
        words.push_back(chart.words[order[i]]);
    }
    chart.words = std::move(words);
    for (ErrorLine& line : chart.lines) {
        for (ErrorPoint& point : line.points)
            point.x = static_cast<double>(place[static_cast<std::size_t>(point.x)]);
        std::stable_sort(line.points.begin(), line.points.end(),
                         [](const ErrorPoint& a, const ErrorPoint& b) { return a.x < b.x; });
    }
}

// Every group in a list has its own pulses, which no axis is.
ErrorChart pulse_chart(const Comparison& part) {
    ErrorChart chart{"Error against pulses",
                     "Test error in percent against pulses sent to a synapse in the whole "
                     "training; a point is a group of runs that differ in the seed alone",
                     "pulses per synapse",
                     Scale::logarithmic,
                     {},
                     false,
                     {}};
    std::map<std::string, ErrorLine> lines;
    for (const Group* group : part.groups)
        if (const double pulses = group->spread(&Result::pulses).mean; pulses > 0) {
            ErrorLine& line = lines[group->first().settings.training.rule];
            line.points.push_back({pulses, group});
        }
    for (auto& [rule, line] : lines) {
        line.name = rule;
        std::stable_sort(line.points.begin(), line.points.end(),
                         [](const ErrorPoint& a, const ErrorPoint& b) { return a.x < b.x; });
        chart.lines.push_back(std::move(line));
    }
    return chart;
}

}  // namespace

double error_of(const ErrorPoint& point) {
    return point.group ? mean_error(*point.group) : point.y;
}

std::string cell_text(const Group& group) {
    const Group::Spread error = group.spread(&Result::test_error);
    if (error.count == 0) return "-";
    if (error.count == 1) return fmt::format("{:.2f} (1)", error.mean);
    return fmt::format("{:.2f} ± {:.2f} ({})", error.mean, error.deviation, error.count);
}

PageTable list_of(const Comparison& part) {
    PageTable t{caption_of(part), {}, 0, {}};
    for (const SettingAxis& axis : part.axes.axes)
        t.table.head.push_back(head_of(axis));
    if (t.table.head.empty()) t.table.head = {"column"};
    t.labels = t.table.head.size();
    for (const char* head : {"test error %", "training error %", "pulses per synapse"})
        t.table.head.emplace_back(head);
    const bool papers = std::any_of(part.groups.begin(), part.groups.end(), [](const Group* g) {
        std::string mark;
        return published_for(*g, mark) != missing;
    });
    if (papers) t.table.head.emplace_back("paper %");
    for (const std::size_t g : order_of(part)) {
        const Group& group = *part.groups[g];
        std::vector<std::string> row;
        for (const SettingAxis& axis : part.axes.axes)
            row.push_back(value_of(axis, part, g));
        if (row.empty()) row = {group.column()};
        row.push_back(cell_text(group));
        row.push_back(number_text(group.spread(&Result::train_error).mean, 2));
        row.push_back(number_text(group.spread(&Result::pulses).mean, 1));
        if (papers) row.push_back(paper_text(group));
        t.table.rows.push_back(std::move(row));
        t.groups.push_back(&group);
    }
    return t;
}

PageTable table_of(const Comparison& part) {
    const std::vector<SettingAxis>& axes = part.axes.axes;
    const bool grid =
        axes.size() == 2 && part.axes.crossed() && axes[1].values.size() <= most_columns;
    return grid ? grid_of(part) : list_of(part);
}

std::vector<ErrorChart> charts_of(const Comparison& part) {
    const std::vector<SettingAxis>& axes = part.axes.axes;
    if (axes.empty()) return {};
    if (axes.size() > 2) return {pulse_chart(part)};
    const auto numeric = std::find_if(axes.begin(), axes.end(), [](const SettingAxis& axis) {
        return axis.scale != Scale::words && axis.values.size() > 2;
    });
    if (numeric != axes.end()) return {chart_against(part, *numeric)};
    Comparison words = part;  // two numbers are no curve
    for (SettingAxis& axis : words.axes.axes)
        axis.scale = Scale::words;
    ErrorChart chart = chart_against(words, words.axes.axes.front());
    sort_words(chart);
    return {chart};
}

}  // namespace crossbar::sim
