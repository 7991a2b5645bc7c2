// A deployed network as an ONNX model in floats with QuantizeLinear and DequantizeLinear around
// each layer, for tools that quantise in floats: synapses are int8 with a scale per output, into
// which normalisation is folded (of more than 8 bits floats), activations int8, and pixels uint8.
//
// Input and output are those of onnx_model.hpp, but logits are float: the same sums, as far as
// floats and another rounding of activations have them. Opset 15.
#pragma once

#include <string>

#include "network/deployed_layer.hpp"

namespace crossbar::sim {

// The file's bytes. Throws Error as onnx_model does.
std::string onnx_qdq(const DeployedNetwork& network, const std::string& name);

}  // namespace crossbar::sim
