// Readings taken apart into trains of SET and RESET pulses: by what the file says, by where its
// numbers begin anew, and else by where they turn.
#pragma once

#include <string>
#include <vector>

#include "pulse_response/layout.hpp"

namespace crossbar::sim {

// Readings of one train, several of one pulse made one.
struct MeasuredTrain {
    Side side = Side::unknown;  // where words say it
    int sign = 0;
    int device = 0;
    std::size_t column = 0;
    int first = 0, last = 0;                        // lines
    std::vector<std::pair<double, double>> points;  // pulse number from the train's first, value
    double pulses = 0;
    double volts = 0;           // of a pulse; 0: not known
    double repeats = 1;         // readings of a point
    double repeat_squares = 0;  // of readings around their means
    double repeat_count = 0;    // readings less means

    // How far it goes, from many points: its last third less its first.
    double climb() const;
};

// Throws Error with file and line.
std::vector<MeasuredTrain> trains_of(const std::string& file, const Layout& layout);

}  // namespace crossbar::sim
