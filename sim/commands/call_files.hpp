// The files of one call of the program, compared as files and not as names, before anything is
// written: no output may be an input or another output, nor have the name of another format.
#pragma once

#include "commands/command_line.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {

// Those that the line names, whatever it asks for, and the task's images. Throws Error.
void check_call_files(const CommandLine& line);

// The same where a checkpoint says which task, target and images it is about.
void check_call_files(const CommandLine& line, const RunSettings& options);

}  // namespace crossbar::sim
