// Measured pulse responses from CSV files.
#pragma once

#include <string>

#include "crossbar/curve_fit.hpp"

namespace crossbar::sim {

// Rows "pulse number, conductance" (commas, semicolons or blanks between), SET first. A third
// column says "set" or "reset"; without it RESET begins where the number does not rise, or else
// behind the highest conductance. Lines with # and a first line of headings are skipped. Each train
// needs at least three points, and a conductance that changes. Pulse numbers are 0 to 20000. Throws
// Error with file and line.
PulseResponse parse_response(const std::string& file, const std::string& text);

}  // namespace crossbar::sim
