// Which columns of a measured file are what, by their headings and by what they hold: pulse
// numbers, conductances of one or several devices, sides, cycles, voltages.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "pulse_response/grid.hpp"

namespace crossbar::sim {

enum class Side { unknown, set, reset };

struct MeasuredPoint {
    int line;
    double number;              // of its pulse, or of its row where the file has none
    double value;               // as the file has it
    int row = 0;                // they count from 0
    Side side = Side::unknown;  // by words
    int sign = 0;               // by +1/-1 or volts, which of the two is SET is not said
    bool begins = false;        // behind a line of text, or a row of a cycle of its own
    double volts = 0;           // of the pulse; 0: not known
};

// Readings of one device, in the order of its pulses.
struct Sequence {
    std::string name;  // of its column
    int device = 0;
    std::vector<MeasuredPoint> readings;
};

struct Layout {
    std::vector<Sequence> sequences;
    bool columns = false;  // sequences are columns beside each other
    bool devices = false;  // which headings or a column call devices
    bool counted = false;  // numbers are of pulses, not of rows
    bool across = false;   // lines are columns of the file
    std::optional<Unit> unit;
    Quantity quantity = Quantity::unknown;
    std::optional<double> read_volts, pulse_seconds;
    std::vector<std::string> notes;
};

// Throws Error where the columns cannot be a pulse response.
Layout layout_of(const std::string& file, const Grid& grid);

}  // namespace crossbar::sim
