// Writes a page as one HTML file that needs nothing beside it.
#include <algorithm>

#include "base/check.hpp"
#include "base/embedded.hpp"
#include "report/page.hpp"

namespace crossbar::sim {
namespace {

// So many parts of a section are not folded away.
constexpr std::size_t few = 2;

constexpr std::string_view style_path = "sim/report/report.css";

std::string_view style() {
    for (const EmbeddedFile& file : embedded_files())
        if (file.path == style_path) return file.text;
    fail("this program was built without {}", style_path);
}

std::string with_breaks(const std::string& text) {
    std::string result;
    for (const char c : escaped(text))
        result += c == '\n' ? std::string("<br/>") : std::string(1, c);
    return result;
}

std::string base64(const std::string& bytes) {
    constexpr const char* digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t word = 0;
        for (std::size_t k = 0; k < 3; ++k)
            word =
                word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k > bytes.size() ? '=' : digits[word >> (18 - 6 * k) & 63u];
    }
    return text;
}

// The blocks of a page, numbered for ids.
class Writer {
  public:
    std::string section(const Section& section, int level) {
        std::string html =
            fmt::format("<section aria-labelledby=\"{0}\">\n<h{1} id=\"{0}\">{2}</h{1}>\n",
                        section.id, level, escaped(section.title));
        html += blocks(section.blocks);
        for (const Section& part : section.parts)
            html +=
                fmt::format(
                    "<details class=\"part\"{3}><summary><h{0} id=\"{1}\">{2}</h{0}></summary>\n",
                    level + 1, part.id, escaped(part.title),
                    section.parts.size() <= few ? " open=\"open\"" : "") +
                blocks(part.blocks) + "</details>\n";
        return html + "</section>\n";
    }

  private:
    std::string blocks(const std::vector<Block>& all) {
        std::string html;
        bool charts = false;  // charts in a row stand side by side where there is room
        for (const Block& block : all) {
            const bool chart = std::holds_alternative<Chart>(block);
            if (chart != charts) html += chart ? "<div class=\"charts\">\n" : "</div>\n";
            charts = chart;
            html += std::visit([&](const auto& b) { return write(b); }, block);
        }
        return html + (charts ? "</div>\n" : "");
    }

    static std::string write(const Paragraph& p) { return "<p>" + with_breaks(p.text) + "</p>\n"; }

    static std::string write(const ListOfLines& list) {
        std::string html = "<ul>\n";
        for (const std::string& line : list.lines)
            html += "<li>" + escaped(line) + "</li>\n";
        return html + "</ul>\n";
    }

    std::string write(const PageTable& t) {
        const std::string id = next("table");
        std::string html = fmt::format(
            "<div class=\"scroll\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">\n"
            "<table><caption id=\"{0}\">{1}</caption>\n<thead><tr>",
            id, escaped(t.caption));
        for (std::size_t column = 0; column < t.table.head.size(); ++column)
            html +=
                fmt::format("<th scope=\"col\"{}>{}</th>", column < t.labels ? " class=\"t\"" : "",
                            with_breaks(t.table.head[column]));
        html += "</tr></thead>\n<tbody>\n";
        for (std::size_t row = 0; row < t.table.rows.size(); ++row) {
            html += "<tr>";
            for (std::size_t column = 0; column < t.table.rows[row].size(); ++column)
                html += cell(t, row, column);
            html += "</tr>\n";
        }
        html += "</tbody></table>\n</div>\n";
        for (const std::string& note : t.table.notes)
            html += "<p class=\"note\">" + escaped(note) + "</p>\n";
        return html;
    }

    static std::string cell(const PageTable& t, std::size_t row, std::size_t column) {
        const std::string& text = t.table.rows[row][column];
        if (column == 0) return "<th scope=\"row\">" + with_breaks(text) + "</th>";
        const auto mark = t.marks.find({row, column});
        if (mark == t.marks.end())
            return fmt::format("<td{}>{}</td>",
                               t.wrapped.contains(column) ? " class=\"t w\""
                               : column < t.labels        ? " class=\"t\""
                                                          : "",
                               with_breaks(text));
        return fmt::format("<td class=\"{}\">{}</td>",
                           mark->second == Mark::better ? "better" : "worse", with_breaks(text));
    }

    std::string write(const Chart& chart) {
        const std::string id = next("chart");
        std::string html =
            fmt::format("<figure>\n<figcaption>{}</figcaption>\n{}\n<ul class=\"legend\">",
                        escaped(chart.title), svg_of(chart, id));
        for (std::size_t i = 0; i < chart.series.size(); ++i)
            html += "<li>" + svg_key(i) + escaped(chart.series[i].name) + "</li>";
        html += "</ul>\n<details><summary>Data of this chart</summary>\n";
        html += write(PageTable{chart.title, table_of(chart), {}});
        return html + "</details>\n</figure>\n";
    }

    std::string write(const Matrix& m) {
        const std::string id = next("matrix");
        std::string html = fmt::format(
            "<div class=\"scroll\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">\n"
            "<table class=\"matrix\"><caption id=\"{0}\">{1}</caption>\n"
            "<thead><tr><th scope=\"col\">label</th>",
            id, escaped(m.caption));
        for (std::size_t i = 0; i < m.counts.size(); ++i)
            html += fmt::format("<th scope=\"col\">{}</th>", i);
        html += "</tr></thead>\n<tbody>\n";
        for (std::size_t label = 0; label < m.counts.size(); ++label)
            html += matrix_row(m.counts[label], label, m.labels[label]);
        return html + "</tbody></table>\n</div>\n";
    }

    // Shaded by the share of the label's images: steps of the style sheet, 0 to 5.
    static std::string matrix_row(const std::vector<double>& counts, std::size_t label,
                                  const std::string& name) {
        double all = 0;
        for (const double count : counts)
            all += count;
        std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", escaped(name));
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const double share = all > 0 ? counts[i] / all : 0;
            int shade = 0;
            for (const double step : {0.0, 0.005, 0.02, 0.1, 0.5})
                shade += share > step;
            html += fmt::format("<td class=\"{}{}\">{}</td>", i == label ? "right h" : "wrong h",
                                shade, counts[i] == 0 ? "·" : fmt::format("{:.0f}", counts[i]));
        }
        return html + "</tr>\n";
    }

    static std::string write(const Pictures& p) {
        return fmt::format(
            "<figure>\n<figcaption>{}</figcaption>\n<img class=\"pixels\" alt=\"{}\" width=\"{}\" "
            "height=\"{}\" src=\"data:image/png;base64,{}\"/>\n</figure>\n",
            escaped(p.caption), escaped(p.description), p.width * 8, p.height * 8, base64(p.png));
    }

    std::string next(const char* kind) { return fmt::format("{}-{}", kind, ++count_); }

    int count_ = 0;
};

}  // namespace

std::string html_of(const Page& page) {
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light "
        "dark\"/>\n<title>{}</title>\n<style>\n{}</style>\n"
        "</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n"
        "<h1>{}</h1>\n<nav aria-label=\"Contents\"><ul>\n",
        escaped(page.title), style(), escaped(page.title));
    for (const Section& section : page.sections)
        html +=
            fmt::format("<li><a href=\"#{}\">{}</a></li>\n", section.id, escaped(section.title));
    html += "</ul></nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n";
    Writer writer;
    for (const Section& section : page.sections)
        html += writer.section(section, 2);
    return html + "</main>\n</body>\n</html>\n";
}

}  // namespace crossbar::sim
