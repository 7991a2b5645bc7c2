// A trained network under other hardware than it was trained on: crossbar_sim eval with another
// target, other devices, bits, settings of layers, or another seed of what these draw.
#pragma once

#include "session/run.hpp"

namespace crossbar {

// Whether the test of this checkpoint has other hardware than its training.
bool has_other_hardware(const RunRequest& request);

// Throws Error where synapses of the target would have fewer bits than those of the checkpoint, and
// nobody has said so.
void check_other_hardware(const RunRequest& request, const Target& target);

// Puts the checkpoint's state into the run's network, whose hardware may be another. Its converters
// see training images, or where there are none those of the test, without their labels.
void lay_checkpoint_under(const RunRequest& request, Run& run);

// The command of the test, as command_of(settings) has it; the checkpoint by its name.
std::string command_of(const Trained& trained);

// Of what the checkpoint has learnt.
std::uint64_t fingerprint_of(const Checkpoint& checkpoint);

// The network that the checkpoint's own settings make, for images of this shape.
AnyNetwork trained_network(const RunRequest& request, const Task& task, const Kernels& kernels);

// Statistics of normalisation from --bn-images training images, or at 0 the running ones, where
// that is given; else nothing.
void take_statistics(const RunRequest& request, Run& run);

}  // namespace crossbar
