// A panel of a figure in characters, for a terminal.
#pragma once

#include <string>

#include "pictures/figure.hpp"

namespace crossbar::sim {

// Values alone, with the first and last of both axes; series are told apart by letters.
std::string sketch_of(const FigurePanel& panel, std::size_t width, std::size_t height);

}  // namespace crossbar::sim
