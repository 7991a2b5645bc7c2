// Hands charts to figures, and sketches a curve in characters.
#include "pictures/drawing.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/format.hpp"

namespace crossbar::sim {

FigurePanel panel_of(const Chart& chart) {
    FigurePanel panel{chart.title, {chart.x_label, chart.log_x}, {chart.y_label, chart.log_y}, {}};
    for (const Series& series : chart.series) {
        FigureSeries& added = panel.series.emplace_back(FigureSeries{series.name, {}});
        added.line = chart.lines && series.line;
        for (const auto& [x, y] : series.points)
            added.values.push_back({x, y});
    }
    return panel;
}

std::string drawing_of(const std::string& title, const std::vector<Chart>& charts,
                       PaperFormat format) {
    Figure figure{title, "", {}};
    std::vector<std::string> texts;
    for (const Chart& chart : charts) {
        figure.panels.push_back(panel_of(chart));
        texts.push_back(chart.description);
    }
    figure.description = fmt::format("{}", fmt::join(texts, "; "));
    return drawn(figure, FigureWidth::page, format);
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
