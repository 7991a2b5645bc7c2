// The charts of a report.
#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "report/angles_by_layer.hpp"
#include "report/report.hpp"
#include "report/report_sweeps.hpp"
#include "session/columns.hpp"
#include "study/experiments.hpp"

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
        if (!experiment.rows.empty()) continue;
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
        if (!is_ablated(*group) && (!paper || !group->settings.empty()))
            rest.push_back(learning_curve(*group));
    }
    frame.title = "Other columns and settings";
    append(charts, charts_of(frame, std::move(rest)));
    return charts;
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
              "after each epoch: 0 is the same direction, 90 is no better than chance",
              &LayerAngle::angle);
    append(charts, chart("Agreeing gradient signs", "percent",
                         "Share of synapses whose two gradients have one sign, after each epoch",
                         &LayerAngle::gradient_signs));
    append(charts, chart("Sign-concordance of the synapses", "percent",
                         "Share of feedback synapses with the sign of their forward synapse",
                         &LayerAngle::synapse_signs));
    return charts;
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

Section pulse_section(const Groups& groups) {
    Section section{"pulses", "Pulses per synapse", {}, {}};
    for (const auto& [title, members] : by_title(groups)) {
        std::map<std::string, Series> rules;
        for (const Group* group : members) {
            const Settings& s = group->first().settings.training;
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
                          "pulses per synapse (mean)",
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
    for (const Group& group : groups) {
        if (!diagnosed(group)) continue;
        Chart epochs = epochs_by_layer(group);
        epochs.title = "Angle by layer";
        std::vector<Block> charts{std::move(epochs)};
        append(charts, diagnosis_charts(group));
        section.parts.push_back(
            {"", title_of(group) + ": " + name_of(group), std::move(charts), {}});
    }
    if (section.parts.empty()) return section;
    section.blocks.emplace_back(Paragraph{
        "Measured beside training by --diagnose, on 500 training images, after every epoch."});
    for (Chart& chart : compared_by_layer(groups)) {
        chart.title = "Angle by layer: " + chart.title;
        section.blocks.emplace_back(std::move(chart));
    }
    return section;
}

}  // namespace crossbar::sim
