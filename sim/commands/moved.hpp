// Options of old that are commands now.
#pragma once

#include <string>
#include <vector>

namespace crossbar::sim {

// Throws Error, with the command to type in their place, where a training run has one of them.
void refuse_moved(const std::vector<std::string>& words);

}  // namespace crossbar::sim
