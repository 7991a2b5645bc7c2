// From argv to Options: which options were given, and what they mean together with the task's plan
// or with a checkpoint's settings.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/task.hpp"
#include "run/options.hpp"

namespace crossbar::sim {

struct CommandLine {
    std::vector<std::pair<std::string, std::string>> given;  // option, its value as text
    std::string help;  // the help text when it was asked for, else empty

    bool has(const std::string& option) const;
    std::string value(const std::string& option) const;  // empty when not given
};

// Whether the line asks for more than one plain run.
bool asks_for_study(const CommandLine& line);

// Throws Error for an unknown option, with the nearest one that exists.
CommandLine parse_command_line(int argc, const char* const* argv);

// Options of a new run: defaults, then the task's [plan] (a key "RULE.option" counts only where
// that rule is chosen), then what the task sets and tunes for the column, the column itself, and
// the command line, which may not contradict the column. Throws Error.
Options options_for(const CommandLine& line, const Task& task);

// Options of a checkpoint, from the text that settings_text made. An option of the command line
// that would change the course of training is an Error unless it agrees; with `evaluating`, task,
// data and holdout may be others.
Options options_for(const CommandLine& line, const std::string& settings, const std::string& file,
                    bool evaluating);

// Options that differ from what the task sets for their column or rule, in the order of the table;
// data always. Option name, its value as text.
using Departures = std::vector<std::pair<std::string, std::string>>;
Departures departures(const Options& options, const Task& task);

// The command that makes a run of these options again, quoted for a shell, without what the result
// does not depend on.
std::string command_of(const Options& options, const Task& task);

}  // namespace crossbar::sim
