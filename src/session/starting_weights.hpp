// A run whose network begins with the weights of a saved one, or with tensors of another tool:
// --weights.
#pragma once

#include <optional>
#include <string>

#include "session/run.hpp"

namespace crossbar {

// Whether a file of this name holds tensors, by its suffix: .npz, .onnx, .safetensors. Any other is
// a checkpoint.
bool holds_tensors(const std::string& file);

// Refuses settings that go with no such weights, and tensors that do not fit the network, before
// anything large is read.
void check_weights(const Run& run, const std::optional<NamedTensors>& tensors);

// Levels, statistics of normalisation and activation scales of the checkpoint that the settings
// name, into a network that was made and not trained; or the tensors, as levels of the network's
// bits, written into the devices of its target. Traces and counts stay as they were made, and
// feedback synapses are drawn for these levels. Throws Error where a checkpoint is not of the
// network's geometry and bits, or is of floats or of devices, and where tensors do not fit.
void start_with_weights(Run& run, const std::optional<NamedTensors>& tensors);

}  // namespace crossbar
