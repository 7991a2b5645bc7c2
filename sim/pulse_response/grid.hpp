// The columns of a measured file: which rows are headings, which cells are numbers.
#pragma once

#include <string>
#include <vector>

#include "pulse_response/sheet.hpp"
#include "pulse_response/units.hpp"

namespace crossbar::sim {

struct GridCell {
    enum class Kind { number, missing, text } kind = Kind::missing;
    double value = 0;
    std::string text;
};

struct GridColumn {
    std::string name;  // its heading; empty for none
    Heading heading;
    bool numbers = true;  // else words
    std::vector<GridCell> cells;
};

struct Grid {
    std::vector<GridColumn> columns;  // all of one length
    std::vector<int> lines;           // of each row; of each column of the file where `across`
    std::vector<std::string> breaks;  // what stood above a row, where text divides the rows
    bool across = false;              // the file has trains as rows
    std::vector<std::string> notes;   // what was passed over, in words
};

// Throws Error with file and line.
Grid grid_of(const std::string& file, const Sheet& sheet);

}  // namespace crossbar::sim
