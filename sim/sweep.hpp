// An axis of a free grid: an option and the values it goes through.
#pragma once

#include <string>
#include <vector>

namespace crossbar::sim {

struct Axis {
    std::string option;
    std::vector<std::string> values;
};

// "weight-bits=1,2,4..8", "rule=bm1,bm3", "rate=0.001,0.002", "train-images=10000..60000/10000". A
// list of values that hold commas themselves is separated by ';'. Throws Error for an unknown
// option (with the nearest), a value the option does not take, a range that is none, or a value
// given twice.
Axis parse_axis(const std::string& text);

}  // namespace crossbar::sim
