// What a run would cost on the target's hardware: events counted from the network's geometry and
// from its pulses, times the figures of the target's [cost]; beside it a digital design that holds
// 8-bit weights in SRAM. Real numbers, for reports alone. Every formula: docs/devices.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "array/target.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"

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

// `images` and `steps` (batches) of the training so far, at least 1 each. What no layer has for
// itself is charged by the network's figures.
Cost cost_of(const Network& network, const Plan& plan, const Hardware& hardware,
             std::uint64_t images, std::uint64_t steps, std::span<const LayerHardware> layers = {});

// The sum of all parts.
CostPart total(const std::vector<CostPart>& parts);

}  // namespace crossbar
