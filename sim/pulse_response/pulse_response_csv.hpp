// Measured pulse responses from text files, in whatever layout they were written.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "device/curve_fit.hpp"
#include "pulse_response/units.hpp"

namespace crossbar::sim {

// What a file does not say of itself.
struct MeasuredAs {
    std::optional<Unit> unit;
    std::optional<double> read_volts;
};

struct Measured {
    PulseResponse response;
    std::string summary;             // "SET 50 pulses (rows 2 to 52), RESET .., 1 cycle, 1 device"
    std::vector<std::string> notes;  // what was passed over or changed, in words
    bool siemens = false;            // conductances, else shares of an unknown unit
    std::optional<double> read_volts;
    std::array<double, 2> volts{};  // of SET and RESET pulses; 0: not known
    double pulse_seconds = 0;       // 0: not known
};

// Throws Error with file and line where this is no pulse response, or one that can be read in two
// ways; with what is likely, and what to do.
Measured parse_response(const std::string& file, const std::string& bytes,
                        const MeasuredAs& as = {});

}  // namespace crossbar::sim
