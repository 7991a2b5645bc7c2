// The sums of one layer over training images, when all layers before it are as they will be used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"

namespace crossbar {

struct LayerSums {
    Statistics statistics;           // of each output, of all sums
    std::vector<std::int32_t> some;  // positions x outputs: some of them
    int input_exponent = 0;          // of what the layer reads
};

// Over the images from which statistics are taken. `work` is the network's own and is used up.
LayerSums sums_of_layer(const Network& network, std::size_t layer, const Plan& plan,
                        const Dataset& train, Workspace& work, const Compute& compute);

}  // namespace crossbar
