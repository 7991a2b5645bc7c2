// What a column of a measured file holds, by its heading or by an option: "G (uS)", "R_kohm".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crossbar::sim {

enum class Quantity { unknown, number, time, conductance, resistance, current, voltage };

struct Unit {
    Quantity quantity;
    double scale;  // of SI
};

// "uS", "kOhm", "nA", "mV", "ms"; nothing for what is none.
std::optional<Unit> unit_named(std::string_view name);

// What headings say of one column; several may be true of it.
struct Heading {
    Quantity quantity = Quantity::unknown;
    std::optional<Unit> unit;
    bool set = false, reset = false;  // a side by its word
    bool side = false;                // says which side: type, polarity
    bool cycle = false, device = false, index = false;
    bool width = false;  // of pulses
    bool read = false;   // of readings: a read voltage

    bool known() const {
        return quantity != Quantity::unknown || unit || set || reset || side || cycle || device ||
               index;
    }
};

Heading heading_of(std::string_view text);

}  // namespace crossbar::sim
