// Writes the first screen of a report for a terminal: its table, findings, and its chart as a line
// of blocks for each of its lines.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "pictures/ticks.hpp"
#include "report/page.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t most_lines = 8, most_points = 60;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

// Heights of numbers between the least and the greatest of all lines, logarithmic.
std::string sparkline(const ErrorLine& line, double low, double high, bool unicode) {
    static constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr const char* plain[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    std::string text;
    const std::size_t count = line.points.size();
    const std::size_t shown = std::min(count, most_points);
    for (std::size_t i = 0; i < shown; ++i) {
        const double y = error_of(line.points[i * count / shown]);
        const double share = std::log((0.01 + y) / (0.01 + low)) /
                             std::max(std::log((0.01 + high) / (0.01 + low)), 1e-9);
        const auto step = static_cast<std::size_t>(std::lround(7 * std::clamp(share, 0.0, 1.0)));
        text += unicode ? blocks[step] : plain[step];
    }
    return text;
}

std::string x_text(const ErrorChart& chart, double x) {
    return chart.scale == Scale::words ? chart.words[static_cast<std::size_t>(x)] : short_number(x);
}

std::string chart_lines(const ErrorChart& chart, bool unicode) {
    double low = INFINITY, high = 0;
    for (const ErrorLine& line : chart.lines)
        for (const ErrorPoint& point : line.points) {
            low = std::min(low, error_of(point));
            high = std::max(high, error_of(point));
        }
    std::string text = fmt::format("{}: test error {:.2f} to {:.2f} %\n", chart.title, low, high);
    std::size_t shown = 0;
    for (const ErrorLine& line : chart.lines) {
        if (line.points.empty() || shown++ == most_lines) continue;
        text += fmt::format("  {}  {} {} to {}{}{}\n", sparkline(line, low, high, unicode),
                            chart.x_label, x_text(chart, line.points.front().x),
                            x_text(chart, line.points.back().x), line.name.empty() ? "" : ", ",
                            line.name);
    }
    return text;
}

// What a store holds must not steer a terminal.
std::string harmless(std::string text) {
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
    return text;
}

Table harmless(Table table) {
    for (std::string& cell : table.head)
        cell = harmless(cell);
    for (auto& row : table.rows)
        for (std::string& cell : row)
            cell = harmless(cell);
    return table;
}

}  // namespace

std::string plain_text_of(const Page& page, std::size_t width, bool unicode) {
    const FirstScreen& first = page.first;
    std::string text = wrapped(harmless(first.title + ". " + first.images), width) + "\n\n" +
                       wrapped(harmless(first.table.caption), width) + "\n" +
                       plain_text(harmless(first.table.table), width) + "\n";
    if (!first.chart.lines.empty()) {
        std::string chart = chart_lines(first.chart, unicode);
        std::size_t at = 0;
        while (at < chart.size()) {
            const std::size_t end = chart.find('\n', at);
            text += harmless(chart.substr(at, end - at)) + "\n";
            at = end + 1;
        }
        text += "\n";
    }
    for (const std::string& finding : first.findings)
        text += wrapped(harmless(finding), width, 2) + "\n";
    return unicode ? text : replaced(text, "±", "+-");
}

}  // namespace crossbar::sim
