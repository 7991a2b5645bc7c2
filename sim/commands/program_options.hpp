// What a person may give beside the settings of a run (session/settings.hpp): what the program
// does, and what it reads and writes. To add an option: a field and a row.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "run/outputs.hpp"
#include "session/option.hpp"
#include "study/study.hpp"

namespace crossbar::sim {

struct ProgramOptions {
    Outputs outputs;
    StudyOptions study;
    std::string resume, experiment, sweep;
};

struct ProgramOption : Option {
    OptionField (*field)(ProgramOptions&);
};

std::span<const ProgramOption> program_options();

// Null when there is none.
const ProgramOption* find_program_option(const std::string& name);

// What people call these options, settings and commands elsewhere.
std::vector<Synonyms> option_synonyms();

// Those of the line. Throws Error.
ProgramOptions program_options_of(const Given& line);

}  // namespace crossbar::sim
