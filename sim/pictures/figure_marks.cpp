// Colours are those of M. Okabe and K. Ito ("Color Universal Design", 2008), darker where they
// would be faint on white; in grey, markers and dashes tell series apart.
#include "pictures/figure_marks.hpp"

#include <algorithm>

namespace crossbar::sim {
namespace {

constexpr double radius = 2.1;
constexpr std::size_t marked = 25;  // values of a line up to which each has a marker
constexpr std::size_t marks_of_many = 12;

const Look all[most_looks] = {
    {{0, 114, 178}, {}, 0},          {{213, 94, 0}, {4, 2}, 1},
    {{0, 128, 96}, {1.2, 1.6}, 2},   {{170, 70, 140}, {6, 2, 1.2, 2}, 3},
    {{60, 60, 60}, {8, 2.5}, 4},     {{150, 105, 0}, {3, 1.5, 1, 1.5, 1, 1.5}, 5},
    {{60, 150, 215}, {2.5, 2.5}, 6}, {{120, 40, 30}, {10, 2, 2, 2}, 7}};

// Corners, for a radius of 1.
const std::vector<Path> shapes = {{},                                              // a circle
                                  {{-.9, -.9}, {.9, -.9}, {.9, .9}, {-.9, .9}},    // square
                                  {{0, -1.25}, {1.15, .8}, {-1.15, .8}},           // triangle
                                  {{0, -1.35}, {1.35, 0}, {0, 1.35}, {-1.35, 0}},  // diamond
                                  {{-.4, -1.2},
                                   {.4, -1.2},
                                   {.4, -.4},
                                   {1.2, -.4},
                                   {1.2, .4},
                                   {.4, .4},
                                   {.4, 1.2},
                                   {-.4, 1.2},
                                   {-.4, .4},
                                   {-1.2, .4},
                                   {-1.2, -.4},
                                   {-.4, -.4}},                             // plus
                                  {{0, 1.25}, {1.15, -.8}, {-1.15, -.8}},   // triangle on its head
                                  {{-1.25, 0}, {.8, -1.15}, {.8, 1.15}},    // to the left
                                  {{1.25, 0}, {-.8, -1.15}, {-.8, 1.15}}};  // to the right

Colour faint(Colour c) {
    for (std::uint8_t& part : c)
        part = static_cast<std::uint8_t>(255 - (255 - part) * 2 / 5);
    return c;
}

void draw_mark(Paper& paper, double x, double y, const Look& look) {
    const Stroke edge{.width = 0.4, .ink = {255, 255, 255}};
    Path corners;
    for (const auto& [dx, dy] : shapes[static_cast<std::size_t>(look.shape)])
        corners.emplace_back(x + radius * dx, y + radius * dy);
    if (corners.empty())
        paper.circle(x, y, radius, look.ink, edge);
    else
        paper.area(corners, look.ink, edge);
}

void draw_bar(Paper& paper, const MarkedPoint& p, const Look& look, bool across) {
    constexpr double cap = 1.8;
    const Stroke stroke{.width = 0.7, .ink = look.ink};
    const auto at = [&](double along, double beside) {
        return across ? std::pair{along, p.y + beside} : std::pair{p.x + beside, along};
    };
    paper.line({at(p.low, 0), at(p.high, 0)}, stroke);
    for (const double end : {p.low, p.high})
        paper.line({at(end, -cap), at(end, cap)}, stroke);
}

}  // namespace

Looks::Looks(std::span<const FigurePanel> panels) {
    for (const FigurePanel& panel : panels)
        for (const FigureSeries& series : panel.series)
            if (std::find(names_.begin(), names_.end(), series.name) == names_.end())
                names_.push_back(series.name);
}

const Look& Looks::of(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    return all[static_cast<std::size_t>(found - names_.begin()) % most_looks];
}

void draw_series(Paper& paper, const std::vector<MarkedPoint>& points, const Look& look, bool line,
                 bool marks, bool across) {
    Path path;
    for (const MarkedPoint& p : points)
        path.emplace_back(p.x, p.y);
    if (line && path.size() > 1)
        paper.line(path, {.width = 1, .ink = look.ink, .dashes = look.dashes});
    for (const MarkedPoint& p : points)
        if (p.bar) draw_bar(paper, p, look, across);
    const std::size_t stride =
        line && points.size() > marked ? (points.size() + marks_of_many - 1) / marks_of_many : 1;
    for (std::size_t i = 0; marks && i < points.size(); ++i)
        if (i % stride == 0 || i + 1 == points.size())
            draw_mark(paper, points[i].x, points[i].y, look);
}

void draw_run(Paper& paper, double x, double y, const Look& look) {
    paper.circle(x, y, 1, faint(look.ink), no_edge);
}

void draw_key(Paper& paper, double x, double y, double width, const Look& look, bool line,
              bool marks) {
    if (line)
        paper.line({{x, y}, {x + width, y}}, {.width = 1, .ink = look.ink, .dashes = look.dashes});
    if (marks) draw_mark(paper, x + width / 2, y, look);
}

}  // namespace crossbar::sim
