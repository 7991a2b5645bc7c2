// Charts of a few lines over one another, drawn as SVG: axes with ticks, lines that colour, dashes
// and markers tell apart.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "terminal/table.hpp"

namespace crossbar::sim {

struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points;  // x rising
    bool line = true;                               // else points alone
};

struct Chart {
    std::string title;
    std::string description;  // for those who cannot see it
    std::string x_label, y_label;
    bool log_x = false,
         log_y = false;  // linear all the same over a small range, or where a value is not positive
    bool lines = true;   // else points alone
    std::vector<Series> series;  // at most most_series
};

// Looks that can be told apart; more series belong into several charts.
inline constexpr std::size_t most_series = 6;

// Values for the ticks of an axis from `low` to `high`: 1, 2 or 5 times a power of ten, at least
// two; whole numbers alone where the values are `whole`. The first and last enclose the range.
std::vector<double> ticks_for(double low, double high, bool logarithmic, bool whole = false);

// A whole <svg>, its parts named by classes for a style sheet. `id` is unique on the page.
std::string svg_of(const Chart& chart, const std::string& id);

// The line and marker of a series, for a legend.
std::string svg_key(std::size_t series);

// Rows are x, columns the series.
Table table_of(const Chart& chart);

// Text in XML and HTML: & < > " ' as entities; control characters left out.
std::string escaped(const std::string& text);

// At most four significant digits.
std::string short_number(double value);

}  // namespace crossbar::sim
