// Whether there can be memory enough for a run, told from sizes alone.
#pragma once

#include "run/images.hpp"

namespace crossbar::sim {

// Throws Error where the images and the least that synapses take are more than this machine or the
// limit of this process. A network that is wrong in itself is not judged.
void check_room(const Options& options, const Task& task, const DataIdentity& data);

}  // namespace crossbar::sim
