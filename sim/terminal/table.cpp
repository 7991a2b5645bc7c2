// Lays out rows of text as columns, as Markdown and as CSV; means and deviations as text.
#include "terminal/table.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "terminal/csv.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t gap = 2;  // between columns

std::vector<std::size_t> widths_of(const Table& table) {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < table.head.size(); ++c) {
        widths.push_back(table.head[c].size());
        for (const auto& row : table.rows)
            widths.back() = std::max(widths.back(), row[c].size());
    }
    return widths;
}

// The first column to the left, as a label; all others to the right.
std::string padded(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                   std::size_t first, std::size_t end) {
    std::string line = fmt::format("{:<{}}", cells[0], widths[0]);
    for (std::size_t c = first; c < end; ++c)
        line += fmt::format("{:>{}}", cells[c], widths[c] + gap);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string piped(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (std::string cell : cells) {
        for (std::size_t at = 0; (at = cell.find('|', at)) != cell.npos; at += 2)
            cell.insert(at, "\\");
        line += " " + cell + " |";
    }
    return line + "\n";
}

std::string comma_separated(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells)
        line += (line.empty() ? "" : ",") + csv_field(cell);
    return line + "\n";
}

}  // namespace

std::string plain_text(const Table& table, std::size_t width) {
    const std::vector<std::size_t> widths = widths_of(table);
    std::string text;
    std::size_t first = 1;
    do {
        std::size_t end = first, used = widths[0];
        while (end < widths.size() && (end == first || used + gap + widths[end] <= width))
            used += gap + widths[end++];
        if (!text.empty()) text += "\n";
        text += padded(table.head, widths, first, end);
        for (const auto& row : table.rows)
            text += padded(row, widths, first, end);
        first = end;
    } while (first < widths.size());
    for (const std::string& note : table.notes)
        text += note + "\n";
    return text;
}

std::string markdown(const Table& table) {
    std::string text = piped(table.head) + "|---|";
    for (std::size_t c = 1; c < table.head.size(); ++c)
        text += "---:|";
    text += "\n";
    for (const auto& row : table.rows)
        text += piped(row);
    for (const std::string& note : table.notes)
        text += "\n" + note + "\n";
    return text;
}

std::string csv(const Table& table) {
    std::string text = comma_separated(table.head);
    for (const auto& row : table.rows)
        text += comma_separated(row);
    return text;
}

double mean(std::span<const double> values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double deviation(std::span<const double> values) {
    if (values.size() < 2) return 0;
    const double middle = mean(values);
    double sum = 0;
    for (const double value : values)
        sum += (value - middle) * (value - middle);
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

}  // namespace crossbar::sim
