// The settings of a run as text, as checkpoints and exports hold them: "NAME = VALUE", a line for
// each setting that is kept.
#pragma once

#include <string>

#include "session/settings.hpp"

namespace crossbar {

// Line breaks in a value are escaped: what is written can be read.
std::string settings_text(const RunSettings& settings);

// Settings from that text; errors name the file. Throws Error.
RunSettings parse_settings(const std::string& text, const std::string& file);

// Blanks and line breaks, as a task's file may have them in a long text, as one blank each.
std::string on_one_line(const std::string& text);

}  // namespace crossbar
