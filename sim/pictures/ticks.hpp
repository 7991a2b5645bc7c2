// Where the ticks of an axis are, and short names of numbers.
#pragma once

#include <string>
#include <vector>

namespace crossbar::sim {

// Values for the ticks of an axis from `low` to `high`: 1, 2 or 5 times a power of ten, at least
// two; whole numbers alone where the values are `whole`. The first and last enclose the range.
std::vector<double> ticks_for(double low, double high, bool logarithmic, bool whole = false);

// At most four significant digits.
std::string short_number(double value);

}  // namespace crossbar::sim
