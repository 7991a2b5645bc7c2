// Weights that another tool trained, for a session to begin with (docs/weights.md): written onto
// the crossbar, then tested or trained on.
//
//     crossbar::Weights mine;
//     mine.tensors.push_back({"fc.weight", {10, 784}, numbers});  // outputs x inputs, as PyTorch
//     crossbar::Session session("mnist", {{"network", "fc 10"}, {"epochs", "0"}}, {}, mine);
//     std::cout << session.evaluate().error_percent() << " %\n";
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace crossbar {

// One tensor. Parts of a layer bear its name: "conv1.weight", "conv1.bias", "bn1.running_mean".
struct WeightTensor {
    std::string name;
    std::vector<std::size_t> shape;  // in C order; empty for a single number
    std::vector<double> values;      // finite, as many as the shape says
    bool integers = false;           // of an integer type
    std::string text = {};           // in place of values, in what --export writes
};

// In the order of the layers; where `sorted`, in the order of their names, numbers as numbers.
struct Weights {
    std::string name = "memory";             // for messages, and in records and checkpoints
    std::vector<WeightTensor> tensors = {};  // none: the network begins with weights that are drawn
    bool sorted = false;
};

// What became of a layer's weights.
struct CarriedLayer {
    std::string text, from;  // the layer, the tensor
    std::uint64_t synapses = 0, clipped = 0, zeros = 0;
    double rms_error = 0;  // of weights as they are in the array, as a share of their own rms
};

}  // namespace crossbar
