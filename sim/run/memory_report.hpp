// What memory a run takes, as it is told before the run and in its record.
#pragma once

#include <string>

#include "analysis/memory.hpp"
#include "run/experiment.hpp"

namespace crossbar::sim {

// Of the images held, in bytes.
std::size_t image_bytes(const Run& experiment);

// All that the run takes beside them.
MemoryUse network_memory(const Run& experiment);

// One line: "memory: 55.0 MB of images, ...".
std::string memory_line(const Run& experiment);

}  // namespace crossbar::sim
