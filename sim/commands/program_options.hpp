// What a person may give beside the settings of a run (session/settings.hpp): what the program
// does, and what it reads and writes. To add an option: a field and a row.
#pragma once

#include <span>
#include <string>

#include "run/outputs.hpp"
#include "session/option.hpp"
#include "study/study.hpp"

namespace crossbar::sim {

struct ProgramOptions {
    Outputs outputs;
    StudyOptions study;
    std::string resume, evaluate, report, out;
    std::string described, measured, drawing;  // targets: describe.hpp
    std::string family, unit;                  // of --fit-device
    double read_volt = 0;                      // the same; 0: not given
    std::string experiment, sweep;
    bool tune = false, version = false;
    std::string list;  // "all" or one kind; empty when not asked for
};

struct ProgramOption : Option {
    OptionField (*field)(ProgramOptions&);
};

std::span<const ProgramOption> program_options();

// Null when there is none.
const ProgramOption* find_program_option(const std::string& name);

// " (did you mean '--x'?)" or nothing, of these and of all settings.
std::string option_suggestion(const std::string& name);

// Those of the line. Throws Error.
ProgramOptions program_options_of(const Given& line);

}  // namespace crossbar::sim
