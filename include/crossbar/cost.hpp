// What a run would cost on the target's hardware: events counted from the network's geometry and
// from its pulses, times the figures of the target's [cost]; beside it a digital design that holds
// 8-bit weights in SRAM. And wear: how many pulses devices have had, and how long they last then.
// Real numbers, for reports alone. Every formula: docs/devices.md.
#pragma once

#include <cstdint>
#include <vector>

#include "crossbar/network.hpp"
#include "crossbar/plan.hpp"
#include "crossbar/target.hpp"

namespace crossbar {

struct CostPart {
    const char* name;
    const char* event;  // what is counted
    double events = 0, joules = 0, seconds = 0;
};

// Of one image each; an image of training has its share of its batch's updates. Without figures
// joules and seconds are 0.
struct Cost {
    bool figures = false;
    std::vector<CostPart> inference, training;
    std::vector<CostPart> sram_inference, sram_training;
    std::vector<CostPart> writing;  // of the whole network, once, where there is [inference]
    double square_metres = 0, sram_square_metres = 0;  // of cells and memories
};

// `images` and `steps` (batches) of the training so far, at least 1 each.
Cost cost_of(const Network& network, const Plan& plan, const Hardware& hardware,
             std::uint64_t images, std::uint64_t steps);

// The sum of all parts.
CostPart total(const std::vector<CostPart>& parts);

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
Wear wear_of(const Network& network, const Hardware& hardware);

}  // namespace crossbar
