// A comparison of groups of runs as a table and as charts of error against its axes.
#pragma once

#include <string>
#include <vector>

#include "report/studies.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {

struct PageTable {
    std::string caption;
    Table table;
    std::size_t labels = 1;  // the first columns hold words, the others numbers
    // By row where all cells of it are of one group, else empty.
    std::vector<const Group*> groups = {};
};

// A point is a group's error, or a number by itself where it has none.
struct ErrorPoint {
    double x = 0;
    const Group* group = nullptr;
    double y = missing;
};
struct ErrorLine {
    std::string name;
    std::vector<ErrorPoint> points;  // x rising
};

// Test error in percent against an axis; x of words is their place.
struct ErrorChart {
    std::string title, description, x_label;
    Scale scale = Scale::linear;
    std::vector<std::string> words;
    bool joined = true;  // points of a line
    std::vector<ErrorLine> lines;
};

// Two axes that cross are rows and columns; otherwise a row per group and a column per axis, with
// the published value where one may stand beside it.
PageTable table_of(const Comparison& part);

// A row per group, in the order of the first axis; of words, the best first.
PageTable list_of(const Comparison& part);

// None where there is one group.
std::vector<ErrorChart> charts_of(const Comparison& part);

// Mean test error of a group's runs, and of a point, in percent; `missing` for none.
double mean_error(const Group& group);
double error_of(const ErrorPoint& point);

// "0.68 ± 0.04 (3)": mean, deviation, seeds; "0.68 (1)"; "-".
std::string cell_text(const Group& group);

}  // namespace crossbar::sim
