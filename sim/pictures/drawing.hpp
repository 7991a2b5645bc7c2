// Charts that stand alone: one SVG file of several beside one another with their legends, and a
// sketch in characters for a terminal.
#pragma once

#include <string>
#include <vector>

#include "pictures/chart.hpp"

namespace crossbar::sim {

// Throws Error where a name promises another format than SVG.
void check_drawing_name(const std::string& file);

std::string drawing_of(const std::string& title, const std::vector<Chart>& charts);

// Points alone, with the first and last tick of both axes; series are told apart by letters.
std::string sketch_of(const Chart& chart, std::size_t width, std::size_t height);

}  // namespace crossbar::sim
