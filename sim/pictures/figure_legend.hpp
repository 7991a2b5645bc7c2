// The legend of a figure or of one panel: names in a flow of lines, each with its look.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pictures/figure_marks.hpp"

namespace crossbar::sim {

struct Legend {
    struct Entry {
        double x, y;  // from its upper left
        std::vector<std::string> lines;
        Look look;
        bool line, marks;
    };
    std::vector<Entry> entries;
    double height = 0;
};

// Empty where names do not differ.
Legend legend_of(std::span<const FigurePanel> panels, const Looks& looks, double width);

void draw_legend(Paper& paper, const Legend& legend, double left, double top);

}  // namespace crossbar::sim
