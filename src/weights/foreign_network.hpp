// A network that another program trained, laid out as ours: which tensors of its file are those of
// which layer, in our order of inputs, with normalisation as a scale and an offset per output.
#pragma once

#include <string>
#include <vector>

#include "network/network.hpp"
#include "weights/named_tensors.hpp"
#include "weights/weights_map.hpp"

namespace crossbar {

// What a layer gives before ReLU, of inputs x in real numbers: scale * (weights . x) + offset.
struct ForeignLayer {
    std::string from;                   // the tensor of its weights
    std::vector<double> weights;        // outputs x inputs of our layer
    std::vector<double> scale, offset;  // of each output
    bool integers = false;              // weights are of an integer type
    // Outputs at the end, and inputs of these, that our network has and the file has not: their
    // weights are 0. The outputs become a constant, with which the next layer weighs its offsets.
    int spare_outputs = 0, spare_inputs = 0;
};

struct ForeignNetwork {
    std::string file;
    double input_unit = 1;  // what a pixel of 255 is to the network
    std::vector<ForeignLayer> layers;
};

// The layer whose outputs the last one reads, through ReLU and pools alone: its index, or -1.
int layer_before_last(const Network& network);

// By order or by the map. Throws Error where a layer has no tensor of its shape, where a tensor is
// left over, and where offsets have no place: what the network has, what the file has, what to do.
ForeignNetwork foreign_network(const NamedTensors& tensors, const WeightsMap& map,
                               const Network& network, const std::string& text);

}  // namespace crossbar
