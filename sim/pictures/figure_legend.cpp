// Puts entries beside one another as long as there is room.
#include "pictures/figure_legend.hpp"

#include <algorithm>

namespace crossbar::sim {
namespace {

constexpr TextLook legend_letters{.size = 7.5};
constexpr double legend_line = 9.5, between = 12;

// Of a key and the gap behind it.
double room_of(bool line) {
    return line ? 24 : 11;
}

const FigureSeries& first_named(std::span<const FigurePanel> panels, const std::string& name) {
    for (const FigurePanel& panel : panels)
        for (const FigureSeries& series : panel.series)
            if (series.name == name) return series;
    return panels.front().series.front();
}

}  // namespace

Legend legend_of(std::span<const FigurePanel> panels, const Looks& looks, double width) {
    Legend legend;
    if (looks.names().size() < 2) return legend;
    double x = 0, y = 0, row = 0;
    for (const std::string& name : looks.names()) {
        if (name.empty()) continue;
        const FigureSeries& series = first_named(panels, name);
        const bool line = series.line && panels.front().y.names.empty();
        const auto lines = fitted_lines(name, width - room_of(line) - 4, legend_letters);
        double widest = 0;
        for (const std::string& text : lines)
            widest = std::max(widest, Paper::width_of(text, legend_letters));
        if (x > 0 && x + room_of(line) + widest > width) x = 0, y += row, row = 0;
        legend.entries.push_back({x, y, lines, looks.of(name), line, series.marks});
        x += room_of(line) + widest + between;
        row = std::max(row, legend_line * static_cast<double>(lines.size()) + 1);
    }
    legend.height = y + row + 6;
    return legend;
}

void draw_legend(Paper& paper, const Legend& legend, double left, double top) {
    for (const Legend::Entry& e : legend.entries) {
        const double x = left + e.x, y = top + e.y + 4, room = room_of(e.line);
        draw_key(paper, x, y, room - 5, e.look, e.line, e.marks);
        double base = y + 2.6;
        for (const std::string& line : e.lines) {
            paper.text(x + room, base, line, legend_letters);
            base += legend_line;
        }
    }
}

}  // namespace crossbar::sim
