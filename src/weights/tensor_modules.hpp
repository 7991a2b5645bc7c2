// Tensors put together by what they belong to: layers of weights, and the normalisation of each.
#pragma once

#include <cstddef>
#include <vector>

#include "network/network.hpp"
#include "weights/named_tensors.hpp"
#include "weights/weights_map.hpp"

namespace crossbar {

struct NormTensors {
    const NamedTensor *weight = nullptr, *bias = nullptr;  // null: 1 and 0
    const NamedTensor *mean = nullptr, *variance = nullptr;
    double eps = 1e-5;  // PyTorch's, where nothing says another
};

// A layer's tensors; null: none.
struct LayerTensors {
    const NamedTensor *weight = nullptr, *bias = nullptr;
    NormTensors norm;
    LayerMap how;  // layout and flatten
};

// Of each layer of the network, by order or by the map. Throws Error where their numbers differ,
// and where a tensor belongs to none.
std::vector<LayerTensors> tensors_of_layers(const NamedTensors& tensors, const WeightsMap& map,
                                            const Network& network);

// "conv1.weight (20 x 1 x 5 x 5), conv1.bias (20), .." of all.
std::string list_of(const NamedTensors& tensors);

}  // namespace crossbar
