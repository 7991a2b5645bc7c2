// A text file as rows of cells, whatever separates them.
#pragma once

#include <string>
#include <vector>

#include "pulse_response/numerals.hpp"

namespace crossbar::sim {

struct SheetRow {
    int line = 0;
    bool comment = false;  // began with # or %
    std::vector<std::string> cells;
};

struct Sheet {
    std::vector<SheetRow> rows;  // none of them empty
    Decimal decimal = Decimal::point;
};

// By tabs, semicolons, commas or blanks, whichever makes the most numbers; quotes are dropped.
// Throws Error where commas must be both decimals and separators.
Sheet sheet_of(const std::string& file, const std::vector<std::string>& lines);

}  // namespace crossbar::sim
