// Wear: how many pulses devices have had, and how long they last then. Real numbers, for reports
// alone; docs/devices.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "array/target.hpp"
#include "network/network.hpp"

namespace crossbar {

// Pulses that devices have had. counts[0]: none; counts[i]: 2^(i-1) to 2^i - 1; the last: 65535 or
// more. Empty for ideal synapses, which keep no count each.
struct Wear {
    std::vector<std::uint64_t> counts;
    double mean = 0;
    std::uint64_t median = 0, most = 0;
    double endurance = 0;                           // of the median device; 0: none is known
    double trainings_mean = 0, trainings_most = 0;  // until a mean, the most worn device is at it
    double copies = 0;                              // of a feedback synapse, mean
    std::uint64_t feedback_most = 0;  // pulses of the most worn feedback device; 0 without devices
};
// `endurance` is told where all devices have the same.
Wear wear_of(const Network& network, const Hardware& hardware,
             std::span<const LayerHardware> layers = {});

}  // namespace crossbar
