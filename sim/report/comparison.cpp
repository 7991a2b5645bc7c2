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

std::string head_of(const SettingAxis& axis) {
    std::string head = axis.name;
    for (const std::string& other : axis.along)
        head += ", " + other;
    return head;
}

// What it says of settings that go along with an axis, too; by name where no head names them.
std::string value_of(const SettingAxis& axis, const Comparison& part, std::size_t g, bool named) {
    std::string text = (named ? axis.name + " " : "") + brief(axis.value(g));
    for (const std::string& other : axis.along)
        text += ", " + (named ? other + " " : "") + brief(setting_value(*part.groups[g], other));
    return text;
}

// Values of words by the mean error of their groups, the best first; others as they are.
std::vector<std::size_t> value_order(const Comparison& part, const SettingAxis& axis) {
    std::vector<double> sum(axis.values.size()), count(axis.values.size());
    for (std::size_t g = 0; g < part.groups.size(); ++g)
        if (const double error = mean_error(*part.groups[g]); error != missing) {
            sum[axis.places[g]] += std::log(0.01 + error);
            ++count[axis.places[g]];
        }
    std::vector<std::size_t> order(axis.values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (axis.scale == Scale::words && axis.name != "column")
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return sum[a] / std::max(count[a], 1.0) < sum[b] / std::max(count[b], 1.0);
        });
    return order;
}

std::string caption_of(const Comparison& part) {
    return fmt::format("{}{}est error in percent, {}: {}", part.title,
                       part.title.empty() ? "T" : "; t", kind_text(part), shared_text(part.axes));
}

PageTable grid_of(const Comparison& part) {
    const SettingAxis& down = part.axes.axes[0];
    const SettingAxis& across = part.axes.axes[1];
    PageTable t{caption_of(part), {}, 1, {}};
    t.table.head = {head_of(down)};
    for (std::size_t c = 0; c < across.values.size(); ++c)
        for (std::size_t g = 0; g < part.groups.size(); ++g)
            if (across.places[g] == c) {
                t.table.head.push_back(value_of(across, part, g, true));
                break;
            }
    const std::vector<std::size_t> order = value_order(part, down);
    std::vector<std::size_t> row_of(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        row_of[order[i]] = i;
    t.table.rows.assign(order.size(), std::vector<std::string>(t.table.head.size(), "-"));
    for (std::size_t g = 0; g < part.groups.size(); ++g) {
        std::vector<std::string>& row = t.table.rows[row_of[down.places[g]]];
        row[0] = value_of(down, part, g, false);
        row[1 + across.places[g]] = cell_text(*part.groups[g]);
    }
    return t;
}

// Groups by the place on the first axis, or by error where that has no order of its own.
std::vector<std::size_t> order_of(const Comparison& part) {
    std::vector<std::size_t> order(part.groups.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::vector<SettingAxis>& axes = part.axes.axes;
    const bool by_error = axes.empty() || axes.size() > 2 ||
                          (axes[0].scale == Scale::words && axes[0].name != "column");
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (by_error) return mean_error(*part.groups[a]) < mean_error(*part.groups[b]);
        return std::pair(axes[0].places[a], axes.back().places[a]) <
               std::pair(axes[0].places[b], axes.back().places[b]);
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

// What must not be taken for a result on the test images of a task.
std::string unusual_text(const Comparison& part) {
    const Result& run = part.groups.front()->first();
    return run.real() && !run.held_out ? "" : fmt::format(": {}", kind_text(part));
}

ErrorChart chart_against(const Comparison& part, const SettingAxis& x) {
    const std::string experiment = part.title.substr(0, part.title.find(':'));
    ErrorChart chart{
        fmt::format("{}{}rror against {}{}", experiment, experiment.empty() ? "E" : ": e",
                    x.name == "signs" ? "agreeing signs" : x.name, unusual_text(part)),
        fmt::format("Test error in percent against {}, {}: {}", x.name, kind_text(part),
                    shared_text(part.axes)),
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
void sort_words(ErrorChart& chart, const std::vector<std::size_t>& order) {
    std::vector<std::size_t> place(order.size());
    std::vector<std::string> words;
    for (std::size_t i = 0; i < order.size(); ++i) {
        place[order[i]] = i;
        words.push_back(brief(chart.words[order[i]]));
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
    ErrorChart chart{"Error against pulses" + unusual_text(part),
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

double mean_error(const Group& group) {
    return group.spread(&Result::test_error).mean;
}

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
            row.push_back(value_of(axis, part, g, false));
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
    words.axes.axes.front().scale = Scale::words;
    ErrorChart chart = chart_against(words, words.axes.axes.front());
    SettingAxis by_error = words.axes.axes.front();
    by_error.name.clear();  // columns of the paper, too
    sort_words(chart, value_order(part, by_error));
    return {chart};
}

}  // namespace crossbar::sim
