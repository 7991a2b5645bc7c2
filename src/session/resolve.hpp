// From what a person gave to the settings of a run: what it means together with the task's plan or
// with a checkpoint's settings.
#pragma once

#include <string>

#include "data/task.hpp"
#include "session/given.hpp"
#include "session/settings.hpp"

namespace crossbar {

// RunSettings of a new run: defaults, then the task's [plan] (a key "RULE.option" counts only where
// that rule is chosen), then what the task sets and tunes for the column, the column itself, and
// the command line, which may not contradict the column. Throws Error.
RunSettings settings_for(const Given& line, const Task& task);

// RunSettings of a checkpoint, from the text that settings_text made. An option of the command line
// that would change the course of training is an Error unless it agrees; with `evaluating`, task,
// data and holdout may be others.
RunSettings settings_for(const Given& line, const std::string& settings, const std::string& file,
                         bool evaluating);

// RunSettings that differ from what the task sets for their column or rule, in the order of the
// table; data always. Setting name, its value as text.
using Departures = std::vector<std::pair<std::string, std::string>>;
Departures departures(const RunSettings& options, const Task& task);

// A word as a shell reads it.
std::string shell_word(const std::string& word);

// The command that makes a run of these options again, quoted for a shell, without what the result
// does not depend on.
std::string command_of(const RunSettings& options, const Task& task);

}  // namespace crossbar
