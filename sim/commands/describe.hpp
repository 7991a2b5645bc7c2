// --describe-target: what a target is, in figures and pulse curves; --fit-device: a measured pulse
// response as a target.
#pragma once

#include "commands/command_line.hpp"

namespace crossbar::sim {

// Each does what was asked for; false when nothing was. Throws Error.
bool describe_target(const CommandLine& line);
bool fit_device(const CommandLine& line);

}  // namespace crossbar::sim
