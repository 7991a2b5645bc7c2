// An axis of a free grid: an option and the values it goes through. "device.KEY" is an axis as
// well: KEY=VALUE for --device.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossbar::sim {

inline constexpr std::string_view device_axis = "device.";

struct Axis {
    std::string option;
    std::vector<std::string> values;
};

// "weight-bits=1,2,4..8", "rule=bm1,bm3", "rate=0.001,0.002", "train-images=10000..60000/10000". A
// list of values that hold commas themselves is separated by ';'. "target=every" goes through the
// built-in targets. Throws Error for an unknown
// option (with the nearest), a value the option does not take, a range that is none, or a value
// given twice.
Axis parse_axis(const std::string& text);

}  // namespace crossbar::sim
