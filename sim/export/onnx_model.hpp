// A deployed network as an ONNX model of integer operators, which gives the program's logits,
// integer for integer.
//
// Input "pixels", uint8, images x height x width x channels; output "logits", int32, images x
// classes: the sums that the largest of is the answer (the first of equals). Between layers values
// are int32, images x channels x height x width. Opset 15.
#pragma once

#include <string>

#include "network/deployed_layer.hpp"

namespace crossbar::sim {

// The file's bytes. Throws Error, naming the stage, for a network that takes more than the ideal
// target to read.
std::string onnx_model(const DeployedNetwork& network, const std::string& name);

}  // namespace crossbar::sim
