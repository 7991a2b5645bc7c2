// Histograms of the pulse counts that arrays of devices keep.
#include "analysis/wear.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace crossbar {
namespace {

// Of the median device, where layers do not differ in it; else 0.
double common_endurance(const Hardware& hardware, std::span<const LayerHardware> layers,
                        std::size_t count) {
    std::vector<double> all;
    const auto add = [&](const Hardware& of) {
        if (of.device) all.push_back(of.device->endurance);
    };
    if (layers.size() < count) add(hardware);
    for (const LayerHardware& layer : layers)
        add(layer.hardware);
    const bool alike =
        std::adjacent_find(all.begin(), all.end(), std::not_equal_to<>()) == all.end();
    return all.empty() || !alike ? 0 : all.front();
}

}  // namespace

Wear wear_of(const Network& net, const Hardware& hardware, std::span<const LayerHardware> layers) {
    Wear wear;
    std::vector<std::uint16_t> all;
    double ideal = 0, copies = 0;
    for (const Layer& layer : net.layers) {
        ideal += static_cast<double>(layer.forward.pulses);
        copies += static_cast<double>(layer.feedback.copies);
        for (const std::uint16_t n : layer.feedback.wear)
            wear.feedback_most = std::max(wear.feedback_most, std::uint64_t{n});
        for (const auto& plane : layer.forward.devices.wear)
            all.insert(all.end(), plane.begin(), plane.end());
        if (!layer.feedback.pulsed) continue;
        for (const auto& plane : layer.feedback.pulsed->devices.wear)
            all.insert(all.end(), plane.begin(), plane.end());
    }
    wear.endurance = common_endurance(hardware, layers, net.layers.size());
    wear.mean = ideal / static_cast<double>(net.synapses());
    wear.copies = copies / static_cast<double>(net.synapses());
    if (!all.empty()) {
        std::sort(all.begin(), all.end());
        wear.counts.assign(18, 0);
        double sum = 0;
        for (const std::uint16_t n : all) {
            sum += n;
            ++wear.counts[n == 65535 ? 17 : static_cast<std::size_t>(std::bit_width(n))];
        }
        wear.mean = sum / static_cast<double>(all.size());
        wear.median = all[all.size() / 2];
        wear.most = all.back();
    }
    if (wear.endurance > 0 && wear.mean > 0) wear.trainings_mean = wear.endurance / wear.mean;
    if (wear.endurance > 0 && wear.most > 0)
        wear.trainings_most = wear.endurance / static_cast<double>(wear.most);
    return wear;
}

}  // namespace crossbar
