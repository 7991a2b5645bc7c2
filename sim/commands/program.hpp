// From a command line to an exit status: prepare, train and save, test, report.
#pragma once

#include "run/command_line.hpp"

namespace crossbar::sim {

// 0, or 128 + the signal that interrupted training. Throws Error.
int run_program(const CommandLine& line);

}  // namespace crossbar::sim
