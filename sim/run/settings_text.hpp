// The settings of a run as text, as checkpoints and exports hold them: "NAME = VALUE", a line for
// each option that is kept.
#pragma once

#include <string>

#include "run/options.hpp"

namespace crossbar::sim {

// Line breaks in a value are escaped: what is written can be read.
std::string settings_text(const Options& options);

// Options from that text; errors name the file. Throws Error.
Options parse_settings(const std::string& text, const std::string& file);

// Blanks and line breaks, as a task's file may have them in a long text, as one blank each.
std::string on_one_line(const std::string& text);

}  // namespace crossbar::sim
