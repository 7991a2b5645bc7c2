// Puts letters where values are.
#include "pictures/sketch.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/format.hpp"
#include "pictures/ticks.hpp"

namespace crossbar::sim {

std::string sketch_of(const FigurePanel& panel, std::size_t width, std::size_t height) {
    double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
    for (const FigureSeries& series : panel.series)
        for (const auto& [x, y, spread] : series.values) {
            low_x = std::min(low_x, x), high_x = std::max(high_x, x);
            low_y = std::min(low_y, y), high_y = std::max(high_y, y);
        }
    const auto place = [](double value, double low, double high, std::size_t size) {
        const double part = high > low ? (value - low) / (high - low) : 0;
        return static_cast<std::size_t>(std::lround(part * static_cast<double>(size - 1)));
    };
    std::vector<std::string> lines(height, std::string(width, ' '));
    for (std::size_t i = 0; i < panel.series.size(); ++i)
        for (const auto& [x, y, spread] : panel.series[i].values)
            lines[height - 1 - place(y, low_y, high_y, height)][place(x, low_x, high_x, width)] =
                static_cast<char>('a' + i);
    std::string text = panel.y.label + "\n";
    for (std::size_t i = 0; i < height; ++i) {
        const bool end = i == 0 || i + 1 == height;
        text +=
            fmt::format("{:>9} |{}\n", end ? short_number(i == 0 ? high_y : low_y) : "", lines[i]);
    }
    const std::string from = short_number(low_x), to = short_number(high_x);
    text += fmt::format("{:>9} +{}\n{:>11}{}{:>{}}\n", "", std::string(width, '-'), "", from, to,
                        width - from.size());
    text += fmt::format("{:>11}{}\n", "", panel.x.label);
    for (std::size_t i = 0; i < panel.series.size(); ++i)
        text += fmt::format("{:>11}{}  {}\n", "", static_cast<char>('a' + i), panel.series[i].name);
    return text;
}

}  // namespace crossbar::sim
