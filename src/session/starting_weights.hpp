// A run whose network begins with the synapses of a saved one: --weights.
#pragma once

#include "session/run.hpp"

namespace crossbar {

// Levels, statistics of normalisation and activation scales of the checkpoint that the settings
// name, into a network that was made and not trained. Traces and counts stay as they were made,
// and feedback synapses are drawn for these levels. Throws Error where the two are not of one
// geometry and of as many bits, or are of floats or of devices.
void start_with_weights(Run& run);

}  // namespace crossbar
