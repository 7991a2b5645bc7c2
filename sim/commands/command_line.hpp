// From argv to the options that were given.
#pragma once

#include <string>

#include "session/given.hpp"

namespace crossbar::sim {

struct CommandLine : Given {
    std::string help;  // the help text when it was asked for, else empty
};

// Whether the line asks for more than one plain run.
bool asks_for_study(const Given& line);

// Throws Error for an unknown option, with the nearest one that exists.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace crossbar::sim
