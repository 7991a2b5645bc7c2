// From a command line to an exit status: prepare, train and save, test, report.
#pragma once

#include "commands/command_line.hpp"
#include "commands/program_options.hpp"

namespace crossbar::sim {

// 0, or 128 + the signal that interrupted training. Throws Error.
int run_program(const CommandLine& line, const ProgramOptions& options);

}  // namespace crossbar::sim
