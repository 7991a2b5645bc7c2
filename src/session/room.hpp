// Whether there can be memory enough for a run, told from sizes alone.
#pragma once

#include "session/images.hpp"

namespace crossbar {

// Throws Error where the images and the least that synapses take are more than this machine or the
// limit of this process. A network that is wrong in itself is not judged.
void check_room(const RunSettings& settings, const Task& task, const DataIdentity& data);

}  // namespace crossbar
