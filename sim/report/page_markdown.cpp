// Writes a page as Markdown, with charts left to the tables that they are drawn from.
#include <algorithm>

#include "base/check.hpp"
#include "report/page.hpp"

namespace crossbar::sim {
namespace {

// One line, without markup of HTML.
std::string one_line(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n')
            result += "; ";
        else if (c == '<')
            result += "&lt;";
        else if (static_cast<unsigned char>(c) >= 32)
            result += c;
    }
    return result;
}

std::string write(const Paragraph& p) {
    return one_line(p.text) + "\n\n";
}

std::string write(const ListOfLines& list) {
    std::string text;
    for (const std::string& line : list.lines)
        text += "- " + one_line(line) + "\n";
    return text + "\n";
}

std::string write(const PageTable& t) {
    Table table = t.table;
    for (std::string& cell : table.head)
        cell = one_line(cell);
    for (auto& row : table.rows)
        for (std::string& cell : row)
            cell = one_line(cell);
    return one_line(t.caption) + ":\n\n" + markdown(table) + "\n";
}

std::string write(const Chart& chart) {
    return write(PageTable{chart.title + " (" + chart.y_label + ")", table_of(chart), {}});
}

std::string write(const Matrix& m) {
    PageTable t{m.caption, {{"label"}, {}, {}}, {}};
    for (std::size_t i = 0; i < m.counts.size(); ++i) {
        t.table.head.push_back(fmt::format("{}", i));
        t.table.rows.push_back({m.labels[i]});
        for (const double count : m.counts[i])
            t.table.rows.back().push_back(fmt::format("{:.0f}", count));
    }
    return write(t);
}

std::string write(const Pictures& p) {
    return one_line(p.caption + ": " + p.description) + "\n\n";
}

std::string write(const Section& section, const std::string& level) {
    std::string text = level + " " + one_line(section.title) + "\n\n";
    for (const Block& block : section.blocks)
        text += std::visit([](const auto& b) { return write(b); }, block);
    for (const Section& part : section.parts)
        text += write(part, level + "#");
    return text;
}

}  // namespace

std::string markdown_of(const Page& page) {
    std::string text = "# " + one_line(page.title) + "\n\n";
    for (const Section& section : page.sections)
        text += write(section, "##");
    return text;
}

}  // namespace crossbar::sim
