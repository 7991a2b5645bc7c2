// Lays out the angles of layers as text.
#include "run/angles.hpp"

#include "base/check.hpp"
#include "base/format.hpp"

namespace crossbar::sim {
namespace {

std::string degrees(const LayerDiagnosis& layer, int decimals) {
    return layer.angle < 0 ? "-" : fmt::format("{:.{}f}", layer.angle, decimals);
}

std::string agreeing(const Concordance& signs) {
    return signs.counted == 0 ? "-"
                              : fmt::format("{:.1f}", 100 * static_cast<double>(signs.agree) /
                                                          static_cast<double>(signs.counted));
}

}  // namespace

std::vector<std::size_t> first_middle_last(std::size_t count) {
    if (count == 0) return {};
    if (count == 1) return {0};
    if (count == 2) return {0, 1};
    return {0, (count - 1) / 2, count - 1};
}

std::string angle_line(const std::vector<LayerDiagnosis>& layers) {
    std::vector<std::string> angles;
    for (const LayerDiagnosis& layer : layers)
        angles.push_back(degrees(layer, 0));
    return fmt::format("{}", fmt::join(angles, " "));
}

Table angle_table(const std::vector<std::string>& layers, const std::vector<EpochRecord>& history,
                  const std::vector<LayerDiagnosis>& now) {
    std::vector<const EpochRecord*> diagnosed;
    for (const EpochRecord& epoch : history)
        if (epoch.layers.size() == layers.size()) diagnosed.push_back(&epoch);
    Table table{{"layer"}, {}, {}};
    for (std::size_t i = 0; i < layers.size(); ++i)
        table.rows.push_back({fmt::format("{} {}", i + 1, layers[i])});
    const auto add = [&](std::string head, auto cell) {
        table.head.push_back(std::move(head));
        for (std::size_t i = 0; i < layers.size(); ++i)
            table.rows[i].push_back(cell(i));
    };
    const std::vector<LayerDiagnosis>* last = now.empty() ? nullptr : &now;
    for (const std::size_t place : first_middle_last(diagnosed.size())) {
        const EpochRecord& epoch = *diagnosed[place];
        add(fmt::format("epoch {}", epoch.epoch),
            [&](std::size_t i) { return degrees(epoch.layers[i], 1); });
        if (now.empty()) last = &epoch.layers;
    }
    if (!now.empty()) add("now", [&](std::size_t i) { return degrees(now[i], 1); });
    if (last != nullptr)
        add("equal signs %", [&](std::size_t i) { return agreeing((*last)[i].gradient_signs); });
    return table;
}

}  // namespace crossbar::sim
