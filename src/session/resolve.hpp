// From what a person gave to the settings of a run, once: each value keeps who said it.
//
// Precedence: built in < usual for these settings < the task's [plan] < its [column] < the rate
// tuned for the column < the column itself < the target < a checkpoint or record < given.
#pragma once

#include <string>

#include "data/task.hpp"
#include "session/given.hpp"
#include "session/settings.hpp"

namespace crossbar {

// A key "RULE.option" of the task's [plan] counts only where that rule is chosen. What is given may
// not contradict the column. `stored` are the settings of a checkpoint or of a record, whose names
// of columns and targets need not exist any more. Throws Error.
RunSettings resolve(const Task& task, const Given& given, const Given& stored = {});

// What a checkpoint keeps of settings.
Given stored_values(const RunSettings& settings);

// What is given beside a checkpoint's settings. What would change the course of training is an
// Error unless it agrees; with `evaluating`, images, hardware, seed and bn-images may be others,
// and changes of the target and of layers come on top of the checkpoint's.
Given agreeing(Given given, const RunSettings& stored, const std::string& file, bool evaluating);

// Whether the value is another one than without a person's word (and a checkpoint's).
bool departs(const RunSettings& settings, const std::string& name);

// The settings that depart, in the order of the table, and the data always: what makes the run
// again.
Values departures(const RunSettings& settings);

// A word as a shell reads it.
std::string shell_word(const std::string& word);

// The command that makes a run of these settings again, quoted for a shell, without what the result
// does not depend on; a task or target file by its name, without its folder.
std::string command_of(const RunSettings& settings);

}  // namespace crossbar
