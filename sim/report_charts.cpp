// The charts of a report.
#include <algorithm>
#include <map>

#include "columns.hpp"
#include "crossbar/check.hpp"
#include "report.hpp"

namespace crossbar::sim {
namespace {

// Mean over seeds of a number of every epoch.
std::vector<std::pair<double, double>> curve(const Group& group, auto pick) {
    std::map<int, std::pair<double, int>> sums;
    for (const Result* run : group.runs)
        for (const EpochState& epoch : run->history)
            if (const double value = pick(epoch); value != missing) {
                sums[epoch.epoch].first += value;
                ++sums[epoch.epoch].second;
            }
    std::vector<std::pair<double, double>> points;
    points.reserve(sums.size());
    for (const auto& [epoch, sum] : sums)
        points.emplace_back(epoch, sum.first / sum.second);
    return points;
}

// Charts of at most so many series as can be told apart.
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

// Groups by title: one task, kind of images and arithmetic; those on held-out images left out.
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

Series learning_curve(const Group& group) {
    return {name_of(group), curve(group, [](const EpochState& e) { return e.test_error; })};
}

std::vector<Block> learning_curves(const std::vector<const Group*>& groups) {
    std::vector<Block> charts;
    Chart frame{"",      "Test error in percent after each epoch, mean over seeds; logarithmic",
                "epoch", "test error %",
                false,   true,
                true,    {}};
    for (const PaperExperiment& experiment : paper_experiments()) {
        std::vector<Series> series;
        for (const std::string& column : experiment.columns)
            for (const Group* group : groups)
                if (group->settings.empty() && group->column() == column)
                    series.push_back(learning_curve(*group));
        frame.title = fmt::format("Experiment {}", experiment.name);
        append(charts, charts_of(frame, std::move(series)));
    }
    std::vector<Series> rest;
    for (const Group* group : groups) {
        const auto& all = columns();
        const bool paper = std::any_of(all.begin(), all.end(),
                                       [&](const Column& c) { return group->column() == c.name; });
        if (!paper || !group->settings.empty()) rest.push_back(learning_curve(*group));
    }
    frame.title = "Other columns and settings";
    append(charts, charts_of(frame, std::move(rest)));
    return charts;
}

// The settings of a group with one option left out: groups that a sweep over it made agree in it.
std::string settings_without(const Group& group, const std::string& option) {
    std::string text = (group.settings.empty() ? "" : " ") + group.settings;
    const std::size_t at = text.find(" --" + option + " ");
    if (at != text.npos) {
        std::size_t end = text.find(" --", at + 1);
        text.erase(at, end == text.npos ? end : end - at);
    }
    return text;
}

using Points = std::map<double, double>;

Section sweep_section(const std::string& id, const std::string& title, const std::string& intro,
                      const Chart& frame, const Groups& groups, auto place) {
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

// Charts of one group's diagnosis, a series a layer.
std::vector<Block> diagnosis_charts(const Group& group) {
    const auto& layers = group.first().layers;
    const auto chart = [&](const char* title, const char* label, const char* text,
                           double LayerAngle::*member) {
        std::vector<Series> series;
        for (std::size_t i = 0; i < layers.size(); ++i)
            series.push_back({fmt::format("{}: {}", i + 1, layers[i].name),
                              curve(group, [&](const EpochState& e) {
                                  return i < e.layers.size() ? e.layers[i].*member : missing;
                              })});
        return charts_of({title, text, "epoch", label, false, false, true, {}}, std::move(series));
    };
    std::vector<Block> charts =
        chart("Angle to the true gradient", "degrees",
              "Angle between each layer's gradient through the feedback synapses and the true one, "
              "after each epoch: 0 is the same direction, 90 tells nothing",
              &LayerAngle::angle);
    append(charts, chart("Agreeing gradient signs", "percent",
                         "Share of synapses whose two gradients have one sign, after each epoch",
                         &LayerAngle::gradient_signs));
    append(charts, chart("Sign-concordance of the synapses", "percent",
                         "Share of feedback synapses with the sign of their forward synapse",
                         &LayerAngle::synapse_signs));
    return charts;
}

bool diagnosed(const Result& run) {
    return std::any_of(run.history.begin(), run.history.end(),
                       [](const EpochState& e) { return !e.layers.empty(); });
}

}  // namespace

Section curve_section(const Groups& groups) {
    Section section{"curves", "Learning curves", {}, {}};
    for (const auto& [title, members] : by_title(groups)) {
        std::vector<Block> charts = learning_curves(members);
        if (!charts.empty()) section.parts.push_back({"", title, std::move(charts), {}});
    }
    return section;
}

Section concordance_section(const Groups& groups) {
    return sweep_section("concordance", "Error against sign-concordance",
                         "Experiment B: the share of feedback synapses whose sign agrees with the "
                         "forward synapse's, "
                         "redrawn after every update (brsf) or fixed (frsf).",
                         {"",
                          "Test error against the share of agreeing feedback signs",
                          "agreeing signs %",
                          "test error %",
                          false,
                          true,
                          true,
                          {}},
                         groups, [](const Group& group) -> std::pair<std::string, double> {
                             const Settings& s = group.first().options.settings;
                             const bool batchwise = s.feedback.starts_with("brsf");
                             if (!batchwise && !s.feedback.starts_with("frsf")) return {};
                             const double p =
                                 s.feedback.ends_with("-p") ? 100 * s.concordance : 100;
                             const std::string name = name_of(group);
                             return {(batchwise ? "brsf" : "frsf") +
                                         name.substr(std::min(name.find('+'), name.size())),
                                     p};
                         });
}

Section bits_section(const Groups& groups) {
    return sweep_section(
        "bits", "Error against bits of a synapse",
        "Runs that differ in the bits of a forward synapse alone.",
        {"",
         "Test error against the bits of a synapse",
         "bits",
         "test error %",
         false,
         true,
         true,
         {}},
        groups, [](const Group& group) -> std::pair<std::string, double> {
            const Settings& s = group.first().options.settings;
            if (s.arithmetic != Arithmetic::fixed) return {};
            return {group.column() + settings_without(group, "weight-bits"), s.weight_bits};
        });
}

Section pulse_section(const Groups& groups) {
    Section section{"pulses", "Pulses a synapse", {}, {}};
    for (const auto& [title, members] : by_title(groups)) {
        std::map<std::string, Series> rules;
        for (const Group* group : members) {
            const Settings& s = group->first().options.settings;
            const Group::Spread pulses = group->spread(&Result::pulses);
            const Group::Spread error = group->spread(&Result::test_error);
            if (s.arithmetic != Arithmetic::fixed || pulses.mean <= 0 || error.count == 0) continue;
            Series& series = rules[s.rule];
            series.name = s.rule;
            series.points.emplace_back(pulses.mean, error.mean);
        }
        std::vector<Series> all;
        for (auto& [rule, series] : rules) {
            std::sort(series.points.begin(), series.points.end());
            all.push_back(std::move(series));
        }
        append(section.blocks,
               charts_of({title,
                          "Test error against pulses sent to a synapse in the whole training",
                          "pulses a synapse (mean)",
                          "test error %",
                          true,
                          true,
                          false,
                          {}},
                         std::move(all)));
    }
    if (!section.blocks.empty())
        section.blocks.insert(
            section.blocks.begin(),
            Paragraph{
                "What training costs a device: the mean number of pulses a synapse got in the "
                "whole training. Each point is a group of runs."});
    return section;
}

Section diagnosis_section(const Groups& groups) {
    Section section{"diagnosis", "Feedback and true gradient", {}, {}};
    for (const Group& group : groups)
        if (std::any_of(group.runs.begin(), group.runs.end(),
                        [](const Result* run) { return diagnosed(*run); }))
            section.parts.push_back(
                {"", title_of(group) + ": " + name_of(group), diagnosis_charts(group), {}});
    if (!section.parts.empty())
        section.blocks.emplace_back(Paragraph{
            "Measured beside training by --diagnose, on 500 training images, after every epoch."});
    return section;
}

}  // namespace crossbar::sim
