// What memory a run takes, as it is told before the run and in its record.
#pragma once

#include <string>

#include "analysis/memory.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

// Of the images held, in bytes.
std::size_t image_bytes(const Run& experiment);

// All that the run takes beside them; more with --diagnose.
MemoryUse network_memory(const Run& experiment, bool diagnose);
// The same where the network has as many images as these.
MemoryUse network_memory(const Run& experiment, std::size_t train, std::size_t test, bool diagnose);

// One line: "memory: 55.0 MB of images, ...".
std::string memory_line(const Run& experiment, bool diagnose);

}  // namespace crossbar::sim
