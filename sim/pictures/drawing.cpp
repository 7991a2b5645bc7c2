// Puts charts beside one another in one SVG file, and sketches a curve in characters.
#include "pictures/drawing.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

// Looks of what svg_of names by classes. Plain values, since not every viewer knows variables.
constexpr const char* looks =
    "<style>svg{font:13px sans-serif}text{fill:#1b1f24}.x{text-anchor:middle}"
    ".y,.end{text-anchor:end}.label{fill:#535c66}.title{font-weight:bold}path{fill:none}"
    ".grid{stroke:#c4ccd4;stroke-width:.5}.axis,.tick{stroke:#535c66}.line{stroke-width:1.6}"
    ".mark{stroke-width:1.2;fill:#fff}.s0 path{stroke:#0072b2}.s1 path{stroke:#c44e00}"
    ".s2 path{stroke:#007e5a}.s3 path{stroke:#8f4e8b}.s4 path{stroke:#5a5a5a}"
    ".s5 path{stroke:#8a6000}.s1 .line{stroke-dasharray:6 3}.s2 .line{stroke-dasharray:2 2}"
    ".s3 .line{stroke-dasharray:8 3 2 3}.s4 .line{stroke-dasharray:10 4}"
    ".s5 .line{stroke-dasharray:4 2 1 2 1 2}</style>";

constexpr int panel_width = 380, panel_height = 250, legend_line = 18, head = 30;
constexpr std::size_t in_a_row = 3;  // panels

// "<svg" of a part, with its place in the whole.
std::string placed(const std::string& svg, int x, int y, int width, int height) {
    return fmt::format("<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", x, y, width, height) +
           svg.substr(4);
}

// As much of a text as a panel is wide, by letters of 7 units; no letter of several bytes is cut.
std::string fitted(std::string text, int width) {
    const auto most = static_cast<std::size_t>(width / 7);
    if (text.size() <= most) return text;
    std::size_t end = most - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end);
    return text + "...";
}

}  // namespace

void check_drawing_name(const std::string& file) {
    if (!file.ends_with(".svg"))
        fail("--draw {}: drawings are SVG, expected a name that ends in .svg", file);
}

std::string drawing_of(const std::string& title, const std::vector<Chart>& charts) {
    std::size_t most = 0;
    for (const Chart& chart : charts)
        most = std::max(most, chart.series.size());
    const std::size_t across = std::min(charts.size(), in_a_row);
    const std::size_t rows = (charts.size() + in_a_row - 1) / in_a_row;
    const int titles = charts.size() > 1 ? legend_line : 0;
    const int row_height = titles + panel_height + legend_line * (static_cast<int>(most) + 1);
    const int width = panel_width * static_cast<int>(across);
    const int height = head + row_height * static_cast<int>(rows);
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
        "viewBox=\"0 0 {0} {1}\">{2}<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>"
        "<text class=\"title\" x=\"8\" y=\"19\">{3}</text>",
        width, height, looks, escaped(title));
    for (std::size_t i = 0; i < charts.size(); ++i) {
        const int x = panel_width * static_cast<int>(i % in_a_row) + 8;
        const int top = head + row_height * static_cast<int>(i / in_a_row) + titles;
        if (titles > 0)
            svg += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", x + 4, top - 4,
                               escaped(fitted(charts[i].title, panel_width - 16)));
        svg += placed(svg_of(charts[i], fmt::format("chart-{}", i)), x, top, panel_width - 16,
                      panel_height - 8);
        for (std::size_t k = 0; k < charts[i].series.size(); ++k) {
            const int y = top + panel_height + legend_line * static_cast<int>(k);
            svg += placed(svg_key(k), x, y, 36, 12);
            svg += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", x + 44, y + 11,
                               escaped(fitted(charts[i].series[k].name, panel_width - 60)));
        }
    }
    return svg + "</svg>\n";
}

std::string sketch_of(const Chart& chart, std::size_t width, std::size_t height) {
    double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
    for (const Series& series : chart.series)
        for (const auto& [x, y] : series.points) {
            low_x = std::min(low_x, x), high_x = std::max(high_x, x);
            low_y = std::min(low_y, y), high_y = std::max(high_y, y);
        }
    const auto place = [](double value, double low, double high, std::size_t size) {
        const double part = high > low ? (value - low) / (high - low) : 0;
        return static_cast<std::size_t>(std::lround(part * static_cast<double>(size - 1)));
    };
    std::vector<std::string> lines(height, std::string(width, ' '));
    for (std::size_t i = 0; i < chart.series.size(); ++i)
        for (const auto& [x, y] : chart.series[i].points)
            lines[height - 1 - place(y, low_y, high_y, height)][place(x, low_x, high_x, width)] =
                static_cast<char>('a' + i);
    std::string text = chart.y_label + "\n";
    for (std::size_t i = 0; i < height; ++i) {
        const bool end = i == 0 || i + 1 == height;
        text +=
            fmt::format("{:>9} |{}\n", end ? short_number(i == 0 ? high_y : low_y) : "", lines[i]);
    }
    const std::string from = short_number(low_x), to = short_number(high_x);
    text += fmt::format("{:>9} +{}\n{:>11}{}{:>{}}\n", "", std::string(width, '-'), "", from, to,
                        width - from.size());
    text += fmt::format("{:>11}{}\n", "", chart.x_label);
    for (std::size_t i = 0; i < chart.series.size(); ++i)
        text += fmt::format("{:>11}{}  {}\n", "", static_cast<char>('a' + i), chart.series[i].name);
    return text;
}

}  // namespace crossbar::sim
