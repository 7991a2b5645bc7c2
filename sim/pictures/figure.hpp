// Figures for papers as plain data: panels of series over numbers, or over names, at the width of a
// journal's column or page, or for a page of HTML. figure.cpp lays them out, on paper.hpp.
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "pictures/paper.hpp"

namespace crossbar::sim {

// A mean, or what was measured.
struct FigureValue {
    double x = 0, y = 0;
    double spread = 0;  // to either side, as a bar: of y, or of x where the y axis has names
};

// The same name has the same look in all panels.
struct FigureSeries {
    std::string name;
    std::vector<FigureValue> values;                   // x rising where a line joins them
    std::vector<std::pair<double, double>> runs = {};  // behind the means, small
    bool line = true;                                  // else marks alone
    bool marks = true;  // of a line of many values not each has one; without a line, each
};

struct FigureAxis {
    std::string label;
    bool logarithmic = false;  // linear all the same over a small range; 0 stands apart from it
    double most = INFINITY;    // bars do not reach beyond it
    std::vector<std::string> names = {};  // of y alone, from the top: value i is that of names[i]
};

struct FigurePanel {
    std::string title;
    FigureAxis x, y;
    std::vector<FigureSeries> series;
};

struct Figure {
    std::string title;        // for searches; not drawn
    std::string description;  // for those who cannot see it
    std::vector<FigurePanel> panels;
};

// Widths of a journal's column and of its page, 88 and 180 mm; of a screen that is held in a hand.
enum class FigureWidth { column, page, screen };
double width_of(FigureWidth width);  // in points

// Looks that can be told apart, also in grey.
inline constexpr std::size_t most_looks = 8;

// The bytes of the file. Throws Error where there is no font, or the figure does not fit: more
// names than looks, or higher than a page of 240 mm.
std::string drawn(const Figure& figure, FigureWidth width, PaperFormat format);

// As wide as a screen, to stand in a page of HTML: see inline_svg.hpp. Throws Error for more names
// than looks; needs no font.
std::string drawn_inline(const Figure& figure);

}  // namespace crossbar::sim
