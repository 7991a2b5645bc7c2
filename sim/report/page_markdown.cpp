// Writes a report as Markdown: the tables of its studies.
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

std::string write(const PageTable& t) {
    Table table = t.table;
    for (std::string& cell : table.head)
        cell = one_line(cell);
    for (auto& row : table.rows)
        for (std::string& cell : row)
            cell = one_line(cell);
    return one_line(t.caption) + ":\n\n" + markdown(table) + "\n";
}

std::string list(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += "- " + one_line(line) + "\n";
    return text + "\n";
}

}  // namespace

std::string markdown_of(const Page& page) {
    std::string text = "# crossbar_sim: results\n\n## " + one_line(page.first.title) + "\n\n" +
                       one_line(page.first.images) + "\n\n" + write(page.first.table) +
                       list(page.first.findings);
    for (const StudyResults& study : page.studies) {
        text += "## " + one_line(study.title) + "\n\n";
        for (const Comparison& part : study.parts)
            text += write(table_of(part));
    }
    return text + "## Notes\n\n" + list(page.notes);
}

}  // namespace crossbar::sim
