// Learning curves, and angles over the depth of a network.
#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "report/figure_groups.hpp"
#include "report/figures.hpp"
#include "run/angles.hpp"

namespace crossbar::sim {
namespace {

const EpochState* epoch_of(const Result& run, int number) {
    for (const EpochState& epoch : run.history)
        if (epoch.epoch == number) return &epoch;
    return nullptr;
}

std::set<int> epochs_of(const Group& group, bool with_angles) {
    std::set<int> epochs;
    for (const Result* run : group.runs)
        for (const EpochState& epoch : run->history)
            if (!with_angles || !epoch.layers.empty()) epochs.insert(epoch.epoch);
    return epochs;
}

FigureSeries angles_after(const Group& group, int epoch, std::string name) {
    FigureSeries series{std::move(name), {}};
    std::size_t layers = 0;
    for (const Result* run : group.runs)
        if (const EpochState* state = epoch_of(*run, epoch))
            layers = std::max(layers, state->layers.size());
    for (std::size_t i = 0; i < layers; ++i)
        add_value(series, group, static_cast<double>(i + 1), [&](const Result& run) {
            const EpochState* state = epoch_of(run, epoch);
            return state && i < state->layers.size() ? state->layers[i].angle : missing;
        });
    return series;
}

// Groups that recorded angles of the same layers.
std::vector<GroupList> networks_of(const GroupList& kind) {
    std::vector<GroupList> networks;
    const auto same = [](const Group& a, const Group& b) {
        return std::equal(
            a.first().layers.begin(), a.first().layers.end(), b.first().layers.begin(),
            b.first().layers.end(),
            [](const LayerState& x, const LayerState& y) { return x.name == y.name; });
    };
    for (const Group* group : kind) {
        if (epochs_of(*group, true).empty()) continue;
        const auto found = std::find_if(networks.begin(), networks.end(), [&](const auto& members) {
            return same(*members.front(), *group);
        });
        (found == networks.end() ? networks.emplace_back() : *found).push_back(group);
    }
    return networks;
}

}  // namespace

std::vector<FigurePanel> learning_panels(const std::vector<Group>& groups) {
    std::vector<FigurePanel> panels;
    for (const GroupList& kind : kinds_of(groups)) {
        GroupList members;
        for (const Group* group : kind)
            if (epochs_of(*group, false).size() > 1) members.push_back(group);
        if (members.empty()) continue;
        FigurePanel panel{panel_title(members), {"epoch"}, {"test error, %", true, 100}, {}};
        const std::vector<std::string> names = names_apart(members);
        for (std::size_t i = 0; i < members.size(); ++i) {
            FigureSeries series{names[i], {}};
            for (const int epoch : epochs_of(*members[i], false))
                add_value(series, *members[i], epoch, [&](const Result& run) {
                    const EpochState* state = epoch_of(run, epoch);
                    return state ? state->test_error : missing;
                });
            panel.series.push_back(std::move(series));
        }
        sort_values(panel.series);
        if (!panel.series.empty()) panels.push_back(std::move(panel));
    }
    return panels;
}

// Of several groups with one network their last epochs; of one alone its first, middle and last.
std::vector<FigurePanel> angle_panels(const std::vector<Group>& groups) {
    std::vector<FigurePanel> panels;
    for (const GroupList& kind : kinds_of(groups))
        for (const GroupList& members : networks_of(kind)) {
            FigurePanel panel{panel_title(members),
                              {"layer, from the input on"},
                              {"angle to the true gradient, degrees"},
                              {}};
            const std::vector<std::string> names = names_apart(members);
            const std::set<int> epochs = epochs_of(*members.front(), true);
            const std::vector<int> numbers(epochs.begin(), epochs.end());
            if (members.size() == 1)
                for (const std::size_t place : first_middle_last(numbers.size()))
                    panel.series.push_back(angles_after(*members.front(), numbers[place],
                                                        fmt::format("epoch {}", numbers[place])));
            for (std::size_t i = 0; i < members.size() && members.size() > 1; ++i)
                panel.series.push_back(
                    angles_after(*members[i], *epochs_of(*members[i], true).rbegin(), names[i]));
            sort_values(panel.series);
            if (!panel.series.empty()) panels.push_back(std::move(panel));
        }
    return panels;
}

}  // namespace crossbar::sim
