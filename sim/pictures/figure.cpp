// Lays panels out on a grid, axes around what they need for their words, and a legend below them.
#include "pictures/figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "pictures/figure_legend.hpp"
#include "pictures/figure_scale.hpp"
#include "pictures/inline_svg.hpp"

namespace crossbar::sim {
namespace {

constexpr double per_mm = 72 / 25.4;
constexpr double margin = 4, gap = 14, line_height = 9.5, tick_length = 3;
constexpr double name_height = 13;
constexpr double highest_page = 240 * per_mm;

constexpr TextLook plain{.size = 7.5}, small{.size = 7}, bold{.size = 8, .bold = true};
constexpr Stroke thin{.width = 0.6, .ink = {83, 92, 102}};
constexpr Stroke pale{.width = 0.4, .ink = {214, 219, 224}};

TextLook at(TextLook look, Anchor anchor, bool upright = false) {
    look.anchor = anchor;
    look.upright = upright;
    return look;
}

double rows_of(const std::vector<std::string>& lines) {
    return line_height * static_cast<double>(lines.size());
}

// A panel with its scales, its words, and the room that they need.
struct Frame {
    const FigurePanel* panel;
    FigureScale x, y;
    std::vector<std::string> title = {}, x_label = {}, y_label = {};
    std::vector<std::vector<std::string>> names = {};
    Looks looks = {};
    Legend legend = {};                                            // of its own
    double above = 0, left = 0, right = 0, below = 0, height = 0;  // around and of the plot
    double axis_below = 0;                                         // of below, without the legend
    double x0 = 0, y0 = 0, width = 0;                              // of the plot: its upper left

    bool named() const { return !panel->y.names.empty(); }
    double place_x(double value) const { return x0 + width * x.place(value); }
    double name_y(std::size_t name) const {
        return y0 + height * (static_cast<double>(name) + 0.5) /
                        static_cast<double>(panel->y.names.size());
    }
    double place_y(double value) const { return y0 + height * (1 - y.place(value)); }
};

FigureScale scale_of(const FigurePanel& panel, bool of_x) {
    std::vector<double> values;
    const bool spread = of_x == !panel.y.names.empty();
    const FigureAxis& axis = of_x ? panel.x : panel.y;
    const bool logarithmic = axis.logarithmic;
    const auto add = [&](double value) {
        if (std::isfinite(value)) values.push_back(value);
    };
    for (const FigureSeries& series : panel.series) {
        for (const FigureValue& value : series.values) {
            const double v = of_x ? value.x : value.y;
            add(v);
            if (!spread || value.spread == 0) continue;
            add(std::min(v + value.spread, std::max(v, axis.most)));
            // On a logarithmic axis a bar that reaches 0 is cut off; a share is never below 0.
            if (v - value.spread > 0 || (!logarithmic && v < 0)) add(v - value.spread);
        }
        for (const auto& [x, y] : series.runs)
            add(of_x ? x : y);
    }
    return {values, logarithmic, !of_x || !panel.y.names.empty()};
}

double widest_tick(const FigureScale& scale) {
    double widest = 0;
    for (const FigureScale::Tick& tick : scale.ticks())
        widest = std::max(widest, Paper::width_of(tick.label, small));
    return widest;
}

// How far labels reach beyond the end of a scale that is about so long.
double overhang(const FigureScale& scale, double length) {
    double most = 0;
    for (const FigureScale::Tick& tick : scale.ticks())
        most = std::max(most, Paper::width_of(tick.label, small) / 2 - (1 - tick.place) * length);
    return most;
}

// How high a plot is, by how many stand beside one another.
double usual_height(std::size_t across, FigureWidth width) {
    if (width == FigureWidth::column) return 135;
    if (width == FigureWidth::screen) return 105;
    constexpr std::array<double, 3> heights = {190, 150, 115};
    return heights[across - 1];
}

Frame frame_of(const FigurePanel& panel, double cell, double height, bool lettered) {
    Frame f{&panel, scale_of(panel, true), scale_of(panel, false)};
    f.height = height;
    f.title = fitted_lines(panel.title, cell - (lettered ? 12 : 0), plain);
    f.above = std::max(rows_of(f.title), lettered ? line_height : 0.0) + 6;
    if (f.named()) {
        double widest = 0;
        f.height = 0;
        for (const std::string& name : panel.y.names) {
            f.names.push_back(fitted_lines(name, 0.42 * cell, small));
            for (const std::string& line : f.names.back())
                widest = std::max(widest, Paper::width_of(line, small));
            f.height = std::max(f.height, std::max(name_height, rows_of(f.names.back()) + 3));
        }
        f.height *= static_cast<double>(panel.y.names.size());
        f.left = widest + tick_length + 5;
    } else {
        f.left = widest_tick(f.y) + tick_length + 5;
    }
    f.y_label = fitted_lines(panel.y.label, f.height, plain);
    f.left += rows_of(f.y_label);
    f.right = overhang(f.x, 0.9 * (cell - f.left)) + 2;
    f.x_label = fitted_lines(panel.x.label, cell - f.left - f.right, plain);
    f.below = f.axis_below = tick_length + line_height + 2 + rows_of(f.x_label);
    return f;
}

// Of x labels every n-th, so that none touches another.
std::size_t stride_of(const Frame& f, const std::vector<FigureScale::Tick>& ticks) {
    for (std::size_t stride = 1; stride < ticks.size(); ++stride) {
        double end = -INFINITY;
        bool free = true;
        for (std::size_t i = 0; i < ticks.size() && !ticks[i].label.empty(); i += stride) {
            const double half = Paper::width_of(ticks[i].label, small) / 2;
            const double middle = f.width * ticks[i].place;
            free &= middle - half > end + 4;
            end = middle + half;
        }
        if (free) return stride;
    }
    return ticks.size();
}

void draw_x_axis(Paper& paper, const Frame& f) {
    const double bottom = f.y0 + f.height;
    const std::vector<FigureScale::Tick> ticks = f.x.ticks();
    const std::size_t stride = stride_of(f, ticks);
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        const double x = f.x0 + f.width * ticks[i].place;
        const bool labelled = !ticks[i].label.empty();
        if (labelled && f.named()) paper.line({{x, f.y0}, {x, bottom}}, pale);
        paper.line({{x, bottom}, {x, bottom + (labelled ? tick_length : tick_length / 2)}}, thin);
        if (labelled && i % stride == 0)
            paper.text(x, bottom + tick_length + 7.5, ticks[i].label, at(small, Anchor::middle));
    }
    paper.line({{f.x0, bottom}, {f.x0 + f.width, bottom}}, thin);
    if (f.x.has_gap())
        for (const double x : {f.x0 + 0.055 * f.width, f.x0 + 0.055 * f.width + 2.5})
            paper.line({{x - 1.5, bottom + 2.5}, {x + 1.5, bottom - 2.5}}, thin);
    double y = bottom + tick_length + line_height + 8.5;
    for (const std::string& line : f.x_label) {
        paper.text(f.x0 + f.width / 2, y, line, at(plain, Anchor::middle));
        y += line_height;
    }
}

void draw_names(Paper& paper, const Frame& f) {
    for (std::size_t i = 0; i < f.names.size(); ++i) {
        const double middle = f.name_y(i);
        double y = middle - rows_of(f.names[i]) / 2 + 7;
        for (const std::string& line : f.names[i]) {
            paper.text(f.x0 - tick_length - 2, y, line, at(small, Anchor::end));
            y += line_height;
        }
        paper.line({{f.x0, middle}, {f.x0 + f.width, middle}}, pale);
    }
}

void draw_y_axis(Paper& paper, const Frame& f) {
    if (f.named()) draw_names(paper, f);
    for (const FigureScale::Tick& tick : f.y.ticks()) {
        if (f.named()) break;
        const double y = f.y0 + f.height * (1 - tick.place);
        const bool labelled = !tick.label.empty();
        paper.line({{f.x0 - (labelled ? tick_length : tick_length / 2), y}, {f.x0, y}}, thin);
        if (labelled)
            paper.text(f.x0 - tick_length - 2, y + 2.5, tick.label, at(small, Anchor::end));
    }
    paper.line({{f.x0, f.y0}, {f.x0, f.y0 + f.height}}, thin);
    if (f.y.has_gap() && !f.named())
        for (const double y : {f.y0 + 0.945 * f.height, f.y0 + 0.945 * f.height - 2.5})
            paper.line({{f.x0 - 2.5, y + 1.5}, {f.x0 + 2.5, y - 1.5}}, thin);
    double x = f.x0 - f.left + 7.5;
    for (const std::string& line : f.y_label) {
        paper.text(x, f.y0 + f.height / 2, line, at(plain, Anchor::middle, true));
        x += line_height;
    }
}

// Where the values of a series are; of several over names each has a line of its own.
std::vector<MarkedPoint> points_of(const Frame& f, std::size_t number) {
    std::vector<MarkedPoint> points;
    const auto count = static_cast<double>(f.panel->series.size());
    const double step = f.named() ? std::min(4.5, 9 / count) : 0;
    const double shift = step * (static_cast<double>(number) - (count - 1) / 2);
    for (const FigureValue& v : f.panel->series[number].values) {
        if (!std::isfinite(v.x) || !std::isfinite(v.y)) continue;
        MarkedPoint p;
        p.x = f.place_x(v.x);
        p.y = f.named() ? f.name_y(static_cast<std::size_t>(v.y)) + shift : f.place_y(v.y);
        p.low = f.named() ? std::max(f.place_x(v.x - v.spread), f.x0)
                          : std::min(f.place_y(v.y - v.spread), f.y0 + f.height);
        p.high = f.named() ? f.place_x(std::min(v.x + v.spread, std::max(v.x, f.panel->x.most)))
                           : f.place_y(std::min(v.y + v.spread, std::max(v.y, f.panel->y.most)));
        p.bar = v.spread > 0 && std::isfinite(p.low) && std::isfinite(p.high);
        points.push_back(p);
    }
    return points;
}

void draw_panel(Paper& paper, const Frame& f, const std::string& letter) {
    if (!letter.empty()) paper.text(f.x0 - f.left, f.y0 - f.above + 8, letter, bold);
    double y = f.y0 - f.above + 8;
    for (const std::string& line : f.title) {
        paper.text(f.x0 - f.left + (letter.empty() ? 0 : 12), y, line, plain);
        y += line_height;
    }
    draw_x_axis(paper, f);
    draw_y_axis(paper, f);
    paper.clip(f.x0 - 4, f.y0 - 4, f.width + 8, f.height + 8);
    for (std::size_t i = 0; i < f.panel->series.size(); ++i) {
        const FigureSeries& series = f.panel->series[i];
        const Look& look = f.looks.of(series.name);
        const auto count = static_cast<double>(f.panel->series.size());
        const double shift =
            f.named() ? std::min(4.5, 9 / count) * (static_cast<double>(i) - (count - 1) / 2) : 0;
        for (const auto& [run_x, run_y] : series.runs)
            draw_run(
                paper, f.place_x(run_x),
                f.named() ? f.name_y(static_cast<std::size_t>(run_y)) + shift : f.place_y(run_y),
                look);
        draw_series(paper, points_of(f, i), look, series.line && !f.named(), series.marks,
                    f.named());
    }
    paper.unclip();
    draw_legend(paper, f.legend, f.x0 - f.left, f.y0 + f.height + f.axis_below + 4);
}

std::size_t panels_across(std::size_t count, FigureWidth width) {
    if (width != FigureWidth::page || count == 1) return 1;
    return count == 2 || count == 4 ? 2 : 3;
}

// Puts plots below and beside one another, those of a row and a column of panels in line. Returns
// where they end.
double arrange(std::vector<Frame>& frames, std::size_t across, double cell) {
    double top = margin;
    for (std::size_t first = 0; first < frames.size(); first += across) {
        const std::size_t last = std::min(first + across, frames.size());
        Frame row = frames[first];
        for (std::size_t i = first; i < last; ++i) {
            row.above = std::max(row.above, frames[i].above);
            row.below = std::max(row.below, frames[i].below);
            row.height = std::max(row.height, frames[i].height);
        }
        for (std::size_t i = first; i < last; ++i) {
            double left = 0, right = 0;
            for (std::size_t k = i % across; k < frames.size(); k += across) {
                left = std::max(left, frames[k].left);
                right = std::max(right, frames[k].right);
            }
            Frame& f = frames[i];
            f.x0 = margin + static_cast<double>(i - first) * (cell + gap) + left;
            f.width = cell - left - right;
            f.y0 = top + row.above;
            if (!f.named()) f.height = row.height;
            f.left = left;
            f.above = row.above;
        }
        top += row.above + row.height + row.below + 4;
    }
    return top;
}

void check_names(const Looks& looks) {
    if (looks.names().size() > most_looks)
        fail(
            "a panel has {} lines of different names, and {} are as many as can be told apart: "
            "choose fewer",
            looks.names().size(), most_looks);
}

void check_height(double height) {
    if (height > highest_page)
        fail(
            "the figure would be {:.0f} mm high, and a page has {:.0f}: choose fewer "
            "(of a report by --only SETTING=VALUE), or --width page",
            height / per_mm, highest_page / per_mm);
}

// One legend below all panels, or one below each where all together have more names than looks.
Legend give_looks(const Figure& figure, std::vector<Frame>& frames, double whole, double cell) {
    const Looks all(figure.panels);
    const bool shared = all.names().size() <= most_looks;
    for (Frame& f : frames) {
        f.looks = shared ? all : Looks({f.panel, 1});
        check_names(f.looks);
        if (shared) continue;
        f.legend = legend_of({f.panel, 1}, f.looks, cell);
        f.below += f.legend.height;
    }
    return shared ? legend_of(figure.panels, all, whole) : Legend{};
}

// All that is drawn, and where.
struct Layout {
    std::vector<Frame> frames;
    Legend legend;
    double bottom = 0, height = 0;  // of the panels, and of all
};

Layout layout_of(const Figure& figure, FigureWidth width) {
    const double whole = width_of(width) - 2 * margin;
    const std::size_t across = panels_across(figure.panels.size(), width);
    const auto gaps = static_cast<double>(across - 1) * gap;
    const double cell = (whole - gaps) / static_cast<double>(across);
    Layout layout;
    for (const FigurePanel& panel : figure.panels)
        layout.frames.push_back(
            frame_of(panel, cell, usual_height(across, width), figure.panels.size() > 1));
    layout.legend = give_looks(figure, layout.frames, whole, cell);
    layout.bottom = arrange(layout.frames, across, cell);
    layout.height = layout.bottom + layout.legend.height + margin;
    return layout;
}

std::string drawn_on(Paper& paper, const Layout& layout) {
    const bool several = layout.frames.size() > 1;
    for (std::size_t i = 0; i < layout.frames.size(); ++i)
        draw_panel(paper, layout.frames[i],
                   several ? std::string(1, static_cast<char>('a' + i % 26)) : "");
    draw_legend(paper, layout.legend, margin, layout.bottom + 4);
    return paper.bytes();
}

}  // namespace

double width_of(FigureWidth width) {
    constexpr std::array<double, 3> millimetres = {88, 180, 71};
    return millimetres[static_cast<std::size_t>(width)] * per_mm;
}

std::string drawn(const Figure& figure, FigureWidth width, PaperFormat format) {
    check_fonts();
    const Layout layout = layout_of(figure, width);
    check_height(layout.height);
    PaperFile file(format, width_of(width), layout.height, figure.title, figure.description);
    return drawn_on(file, layout);
}

std::string drawn_inline(const Figure& figure) {
    const Layout layout = layout_of(figure, FigureWidth::screen);
    InlineSvg svg(width_of(FigureWidth::screen), layout.height, figure.title, figure.description);
    return drawn_on(svg, layout);
}

}  // namespace crossbar::sim
