// Charts as figures that stand alone, and a sketch in characters for a terminal.
#pragma once

#include <string>
#include <vector>

#include "pictures/chart.hpp"
#include "pictures/figure.hpp"

namespace crossbar::sim {

// Panels beside one another, as wide as a page.
std::string drawing_of(const std::string& title, const std::vector<Chart>& charts,
                       PaperFormat format);

FigurePanel panel_of(const Chart& chart);

// Points alone, with the first and last tick of both axes; series are told apart by letters.
std::string sketch_of(const Chart& chart, std::size_t width, std::size_t height);

}  // namespace crossbar::sim
