// From argv to a command and what was given to it.
#pragma once

#include "base/processes.hpp"
#include "session/given.hpp"

namespace crossbar::sim {

struct Command;

// Options and arguments by their names. Of what may be given several times the values are joined,
// settings by semicolons, as checkpoints hold them, all else by line breaks.
struct CommandLine : Given {
    const Command* command = nullptr;
    Processes* processes = nullptr;  // that work on it together; null where one does
    bool alone = true;               // not one of several processes that a launcher started
    bool first = true;               // of those, the one that tells what all did
};

// What it says of the settings of a run.
Given settings_given(const Given& line);

// Throws Error for a word that is no command, or an option that is none of the command's: with the
// nearest one that is, or with the command that it belongs to.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace crossbar::sim
