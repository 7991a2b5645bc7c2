// Makes charts of degrees against layers from the histories of groups.
#include "report/angles_by_layer.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "pictures/drawing.hpp"
#include "report/report.hpp"
#include "run/angles.hpp"

namespace crossbar::sim {
namespace {

constexpr const char* chart_text =
    "Angle between each layer's gradient through the feedback synapses and the true one, from the "
    "first layer to the last: 0 is the same direction, 90 is no better than chance";

Chart frame_of(std::string title, std::string y_label) {
    return {std::move(title),
            chart_text,
            "layer, from the input on",
            std::move(y_label),
            false,
            false,
            true,
            {}};
}

std::vector<int> diagnosed_epochs(const Group& group) {
    std::set<int> epochs;
    for (const Result* run : group.runs)
        for (const EpochState& epoch : run->history)
            if (!epoch.layers.empty()) epochs.insert(epoch.epoch);
    return {epochs.begin(), epochs.end()};
}

// Mean over seeds of each layer's angle after that epoch.
Series angles_after(const Group& group, int epoch, std::string name) {
    std::vector<double> sums;
    std::vector<int> counts;
    for (const Result* run : group.runs)
        for (const EpochState& state : run->history) {
            if (state.epoch != epoch) continue;
            sums.resize(std::max(sums.size(), state.layers.size()));
            counts.resize(sums.size());
            for (std::size_t i = 0; i < state.layers.size(); ++i)
                if (const double angle = state.layers[i].angle; angle != missing) {
                    sums[i] += angle;
                    ++counts[i];
                }
        }
    Series series{std::move(name), {}};
    for (std::size_t i = 0; i < sums.size(); ++i)
        if (counts[i] > 0) series.points.emplace_back(i + 1, sums[i] / counts[i]);
    return series;
}

// What has to be the same for angles to stand over one another: task, images, and the layers.
std::string network_of(const Group& group) {
    std::string key = title_of(group);
    for (const LayerState& layer : group.first().layers)
        key += "\n" + layer.name;
    return key;
}

std::vector<std::string> options_of(const Group& group) {
    std::vector<std::string> options;
    for (std::size_t at = 0; at < group.settings.size();) {
        const std::size_t end = std::min(group.settings.find(" --", at), group.settings.size());
        options.push_back(group.settings.substr(at, end - at));
        at = end + 1;
    }
    return options;
}

// The name of a group without the options that all of `beside` have as well.
std::string own_name(const Group& group, const std::vector<const Group*>& beside) {
    std::string name = group.column();
    for (const std::string& option : options_of(group)) {
        const bool shared = std::all_of(beside.begin(), beside.end(), [&](const Group* other) {
            const std::vector<std::string> theirs = options_of(*other);
            return std::find(theirs.begin(), theirs.end(), option) != theirs.end();
        });
        if (!shared) name += " " + option;
    }
    return name;
}

// Diagnosed groups by what they have to share, in their order.
std::vector<std::vector<const Group*>> networks_of(const std::vector<Group>& groups) {
    std::vector<std::vector<const Group*>> networks;
    for (const Group& group : groups) {
        if (!diagnosed(group)) continue;
        const auto found = std::find_if(networks.begin(), networks.end(), [&](const auto& members) {
            return network_of(*members.front()) == network_of(group);
        });
        (found == networks.end() ? networks.emplace_back() : *found).push_back(&group);
    }
    return networks;
}

// At most as many groups a chart as can be told apart.
std::vector<Chart> compared(const std::vector<const Group*>& members) {
    std::vector<Series> series;
    for (const Group* group : members)
        series.push_back(
            angles_after(*group, diagnosed_epochs(*group).back(), own_name(*group, members)));
    std::erase_if(series, [](const Series& s) { return s.points.empty(); });
    std::vector<Chart> charts;
    const std::size_t count = (series.size() + most_series - 1) / most_series;
    for (std::size_t i = 0; i < series.size(); ++i) {
        if (i % most_series == 0)
            charts.push_back(frame_of(title_of(*members.front()), "degrees after the last epoch"));
        Chart& chart = charts.back();
        if (chart.series.empty() && count > 1)
            chart.title += fmt::format(" ({} of {})", charts.size(), count);
        chart.series.push_back(std::move(series[i]));
    }
    return charts;
}

}  // namespace

bool diagnosed(const Group& group) {
    return !diagnosed_epochs(group).empty();
}

std::vector<Chart> compared_by_layer(const std::vector<Group>& groups) {
    std::vector<Chart> charts;
    for (const auto& members : networks_of(groups))
        if (members.size() > 1)
            for (Chart& chart : compared(members))
                charts.push_back(std::move(chart));
    return charts;
}

Chart epochs_by_layer(const Group& group) {
    Chart chart = frame_of(name_of(group), "degrees");
    const std::vector<int> epochs = diagnosed_epochs(group);
    for (const std::size_t place : first_middle_last(epochs.size()))
        chart.series.push_back(
            angles_after(group, epochs[place], fmt::format("epoch {}", epochs[place])));
    return chart;
}

std::string angles_drawing(const std::vector<Group>& groups) {
    std::vector<Chart> charts;
    for (const auto& members : networks_of(groups)) {
        if (members.size() > 1)
            for (Chart& chart : compared(members))
                charts.push_back(std::move(chart));
        for (const Group* group : members) {
            charts.push_back(epochs_by_layer(*group));
            if (members.size() > 1) charts.back().title = own_name(*group, members);
        }
    }
    if (charts.empty())
        fail(
            "--draw: no run of these stores tells angles of gradients, expected runs that were "
            "made with --diagnose");
    return drawing_of("Angle between the gradient through feedback synapses and the true one",
                      charts);
}

}  // namespace crossbar::sim
