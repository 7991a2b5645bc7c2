// Lays out axes, ticks, lines and markers, and writes them as SVG.
#include "pictures/chart.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/check.hpp"

namespace crossbar::sim {
namespace {

// Of the drawing, in its own units; style sheets scale it.
constexpr double width = 360, height = 240;
constexpr double left = 50, right = 346, top = 24, bottom = 200;

// One axis: values to places.
struct Axis {
    std::vector<double> ticks;
    bool logarithmic = false;
    double from = 0, to = 1;  // places of the first and last tick

    double place(double value) const {
        const auto scale = [&](double v) { return logarithmic ? std::log10(v) : v; };
        const double low = scale(ticks.front()), high = scale(ticks.back());
        return from + (to - from) * (scale(value) - low) / (high - low);
    }
};

template <typename Pick>
Axis axis_of(const Chart& chart, bool logarithmic, double from, double to, Pick pick) {
    double low = INFINITY, high = -INFINITY;
    bool whole = true;
    for (const Series& series : chart.series)
        for (const auto& point : series.points) {
            low = std::min(low, pick(point));
            high = std::max(high, pick(point));
            whole &= pick(point) == std::floor(pick(point));
        }
    if (low > high) low = 0, high = 1;
    const bool log_axis = logarithmic && low > 0 && high > 4 * low;
    if (!log_axis && low > 0 && low < high / 2) low = 0;
    return {ticks_for(low, high, log_axis, whole), log_axis, from, to};
}

std::string text_at(const char* name, double x, double y, const std::string& text) {
    return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", name, x, y,
                       escaped(text));
}

std::string grid(const Axis& x, const Axis& y) {
    std::string svg;
    for (const double tick : y.ticks) {
        const double at = y.place(tick);
        svg += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/>", left, at, right);
        svg += text_at("y", left - 5, at + 4, short_number(tick));
    }
    for (const double tick : x.ticks) {
        const double at = x.place(tick);
        svg += fmt::format("<path class=\"tick\" d=\"M{:.1f} {}v4\"/>", at, bottom);
        svg += text_at("x", at, bottom + 17, short_number(tick));
    }
    return svg + fmt::format("<path class=\"axis\" d=\"M{} {}V{}H{}\"/>", left, top, bottom, right);
}

// Circle, square, triangle, diamond, cross, triangle on its head.
std::string marker(std::size_t series, double x, double y) {
    constexpr const char* shapes[most_series] = {
        "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", "m-2.7-2.7h5.4v5.4h-5.4z", "m0-3.6l3.3 5.9h-6.6z",
        "m0-3.8l3.8 3.8-3.8 3.8-3.8-3.8z",    "m-3-3l6 6m0-6l-6 6",      "m0 3.6l3.3-5.9h-6.6z"};
    return fmt::format("<path class=\"mark\" d=\"M{:.1f} {:.1f}{}\"/>", x, y,
                       shapes[series % most_series]);
}

std::string series_path(const Series& series, std::size_t place, bool line, const Axis& x,
                        const Axis& y) {
    std::string path, marks;
    const std::size_t stride = line ? 1 + series.points.size() / 16 : 1;
    for (std::size_t i = 0; i < series.points.size(); ++i) {
        const double at_x = x.place(series.points[i].first);
        const double at_y = y.place(series.points[i].second);
        path += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", at_x, at_y);
        if (i % stride == 0 || i + 1 == series.points.size()) marks += marker(place, at_x, at_y);
    }
    if (path.empty()) return "";
    return fmt::format("<g class=\"s{}\"><title>{}</title>{}{}</g>", place % most_series,
                       escaped(series.name),
                       line ? fmt::format("<path class=\"line\" d=\"{}\"/>", path) : "", marks);
}

std::vector<double> log_ticks(double low, double high) {
    std::vector<double> fine;
    for (int power = static_cast<int>(std::floor(std::log10(low)));; ++power)
        for (const double digit : {1.0, 2.0, 5.0}) {
            fine.push_back(digit * std::pow(10.0, power));
            if (fine.back() < high * (1 - 1e-9)) continue;
            // Drop what lies below the range; over many decades powers of ten are enough.
            while (fine.size() > 2 && fine[1] <= low * (1 + 1e-9))
                fine.erase(fine.begin());
            if (fine.size() == 1) fine.push_back(2 * fine.back());
            if (fine.size() <= 7) return fine;
            std::vector<double> tens;
            for (int p = static_cast<int>(std::floor(std::log10(low) + 1e-9));; ++p) {
                tens.push_back(std::pow(10.0, p));
                if (tens.size() > 1 && tens.back() >= high * (1 - 1e-9)) return tens;
            }
        }
}

}  // namespace

std::vector<double> ticks_for(double low, double high, bool logarithmic, bool whole) {
    if (logarithmic) return log_ticks(low, high);
    if (!(high - low > 1e-9 * std::max(std::abs(high), 1e-9))) {
        // One value: from 0 to it, or around 0.
        if (low > 0)
            low = 0;
        else if (high < 0)
            high = 0;
        else
            low = -1, high = 1;
    }
    const double rough = (high - low) / 5;
    const double ten = std::pow(10.0, std::floor(std::log10(rough)));
    double step = 10 * ten;
    for (const double digit : {5.0, 2.0, 1.0})
        if (digit * ten >= rough * (1 - 1e-9)) step = digit * ten;
    if (whole) step = std::max(step, 1.0);
    std::vector<double> ticks;
    const double first = std::floor(low / step + 1e-9);
    for (double k = first;; ++k) {
        ticks.push_back(k * step);
        if (ticks.back() >= high - 1e-9 * step && ticks.size() > 1) return ticks;
    }
}

std::string svg_of(const Chart& chart, const std::string& id) {
    const Axis x = axis_of(chart, chart.log_x, left, right, [](auto& p) { return p.first; });
    const Axis y = axis_of(chart, chart.log_y, bottom, top, [](auto& p) { return p.second; });
    std::string svg = fmt::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{}-t {}-d\">"
        "<title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>",
        width, height, id, id, id, escaped(chart.title), id, escaped(chart.description));
    svg += grid(x, y);
    for (std::size_t i = 0; i < chart.series.size(); ++i)
        svg += series_path(chart.series[i], i, chart.lines && chart.series[i].line, x, y);
    svg += text_at("label", 4, 13, chart.y_label);
    svg += text_at("label end", right, bottom + 33, chart.x_label);
    return svg + "</svg>";
}

std::string svg_key(std::size_t series) {
    return fmt::format(
        "<svg class=\"key\" viewBox=\"0 0 36 12\" aria-hidden=\"true\"><g class=\"s{}\">"
        "<path class=\"line\" d=\"M1 6H35\"/>{}</g></svg>",
        series % most_series, marker(series, 18, 6));
}

Table table_of(const Chart& chart) {
    Table table;
    table.head = {chart.x_label};
    std::set<double> places;
    for (const Series& series : chart.series) {
        table.head.push_back(series.name);
        for (const auto& point : series.points)
            places.insert(point.first);
    }
    for (const double x : places) {
        std::vector<std::string> row = {short_number(x)};
        for (const Series& series : chart.series) {
            const auto found = std::find_if(series.points.begin(), series.points.end(),
                                            [&](const auto& point) { return point.first == x; });
            row.push_back(found == series.points.end() ? "-" : short_number(found->second));
        }
        table.rows.push_back(row);
    }
    return table;
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 32 || c == '\n' || c == '\t') result += c;
        }
    }
    return result;
}

std::string short_number(double value) {
    if (value != 0 && std::abs(value) >= 1000 && std::abs(value) < 1e7)
        return fmt::format("{:.0f}", value);
    return fmt::format("{:.4g}", std::abs(value) < 1e-12 ? 0 : value);
}

}  // namespace crossbar::sim
