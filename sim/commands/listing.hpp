// --help, --version and --list: what the program can tell without a run.
#pragma once

#include "commands/command_line.hpp"

namespace crossbar::sim {

// Prints what was asked for; false when nothing was.
bool print_information(const CommandLine& line);

}  // namespace crossbar::sim
