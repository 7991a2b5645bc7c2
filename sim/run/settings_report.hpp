// --show-settings: every value of a run, for people.
#pragma once

#include <string>

#include "session/settings.hpp"

namespace crossbar::sim {

// A line per setting: its value, where that comes from, and what it took the place of.
std::string settings_report(const RunSettings& settings);

}  // namespace crossbar::sim
