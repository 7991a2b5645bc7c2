// Testing a trained network: errors, loss, confusion.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/dataset.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "network/workspace.hpp"

namespace crossbar {

struct Evaluation {
    Metrics metrics;
    std::vector<std::uint64_t> confusion;  // classes x classes: [label][predicted]
    // Images x classes, where they are asked for: sums of the last layer, or what floats have. Of
    // several processes each has those of its own images.
    std::vector<std::int32_t> logits = {};
    std::vector<float> float_logits = {};
};

// All images of `data`, in order, `evaluation_batch` at a time, by the network as it is deployed.
Evaluation evaluate(const Network& network, const Dataset& data, Workspace& work,
                    const Compute& compute, bool keep_logits = false);

}  // namespace crossbar
