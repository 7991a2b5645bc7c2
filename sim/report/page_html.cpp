// Writes a report as one HTML file that needs nothing beside it: what a reader sees without
// scripts, then the data, the chart library and the scripts that make an explorer of it.
#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "pictures/escaped.hpp"
#include "pictures/figure.hpp"
#include "report/page.hpp"
#include "report/page_files.hpp"

namespace crossbar::sim {
namespace {

constexpr std::size_t few_rows = 25;    // more are folded away
constexpr std::size_t most_rows = 200;  // more are left to the table of runs and to .csv

constexpr std::size_t most_static = 200;  // points of a line for readers without scripts

// Empty where the program was built without it.
std::string_view file_named(std::string_view name) {
    for (const EmbeddedFile& file : page_files())
        if (file.path.ends_with(name)) return file.text;
    return {};
}

// The numbers of an error chart as a figure for those who have no scripts; nothing for words, which
// the table beside it tells.
std::string static_svg(const ErrorChart& chart) {
    if (chart.scale == Scale::words || chart.lines.empty()) return "";
    FigurePanel panel{
        "", {chart.x_label, chart.scale == Scale::logarithmic}, {"test error %", true, 100}, {}};
    for (const ErrorLine& line : chart.lines) {
        if (panel.series.size() == most_looks) break;
        FigureSeries series{line.name, {}, {}, chart.joined};
        const std::size_t stride = 1 + line.points.size() / most_static;
        for (std::size_t i = 0; i < line.points.size(); i += stride) {
            const ErrorPoint& point = line.points[i];
            if (error_of(point) == missing) continue;
            const double spread =
                point.group ? point.group->spread(&Result::test_error).deviation : 0;
            series.values.push_back({point.x, error_of(point), spread});
        }
        panel.series.push_back(std::move(series));
    }
    if (panel.series.size() == 1) panel.title = panel.series.front().name;
    std::string html = drawn_inline({chart.title, chart.description, {panel}});
    if (chart.lines.size() > most_looks)
        html += fmt::format("\n<p class=\"note\">{} more lines are in the table.</p>\n",
                            chart.lines.size() - most_looks);
    return html;
}

// Parts of a page, numbered for ids.
class Writer {
  public:
    explicit Writer(const Page& page) : page_(page) {
        std::size_t place = 0;
        for (const StudyResults& study : page.studies)
            for (const Group& group : study.groups)
                places_[&group] = place++;
    }

    std::string first() {
        const FirstScreen& f = page_.first;
        std::string html = fmt::format(
            "<section id=\"first\" aria-labelledby=\"first-title\">\n<h2 id=\"first-title\">{}</h2>"
            "\n<div class=\"first\">\n<div>{}<ul class=\"findings\">\n",
            escaped(f.title), table(f.table));
        for (const std::string& finding : f.findings) {
            const std::size_t colon = std::min(finding.find(':') + 1, std::size_t{10});
            html += fmt::format("<li><strong>{}</strong>{}</li>\n",
                                escaped(finding.substr(0, colon)), escaped(finding.substr(colon)));
        }
        return html + fmt::format(
                          "</ul></div>\n<div>{}<p class=\"images\">{}</p></div>\n</div>\n"
                          "</section>\n",
                          figure(f.chart), escaped(f.images));
    }

    std::string study(const StudyResults& study) {
        std::size_t runs = 0;
        for (const Group& group : study.groups)
            runs += group.runs.size();
        std::string html = fmt::format(
            "<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n<p class=\"note\">{2} "
            "runs in {3} groups</p>\n",
            study.id, escaped(study.title), runs, study.groups.size());
        for (const Comparison& part : study.parts)
            html += this->part(part);
        return html + "</section>\n";
    }

  private:
    std::string part(const Comparison& part) {
        PageTable t = table_of(part);
        const std::size_t count = t.table.rows.size();
        if (count > most_rows) {
            t.table.rows.resize(most_rows);
            t.table.notes.push_back(fmt::format(
                "{} more rows are in the table of runs, and in .csv.", count - most_rows));
        }
        std::string html = "<div class=\"part\">\n";
        for (const ErrorChart& chart : charts_of(part))
            html += figure(chart);
        const std::string rows = "<div>" + table(t) + "</div>";
        return html +
               (count > few_rows
                    ? fmt::format("<details><summary>Table of {} rows: {}</summary>{}</details>",
                                  count, escaped(shared_text(part.axes)), rows)
                    : rows) +
               "\n</div>\n";
    }

    std::string figure(const ErrorChart& chart) {
        const std::size_t place = charts_++;
        if (chart.lines.empty()) return "";
        return fmt::format(
            "<figure data-chart=\"{}\">\n<figcaption>{}</figcaption>\n<div "
            "class=\"plot\">{}</div></figure>\n",
            place, escaped(chart.title), static_svg(chart));
    }

    std::string table(const PageTable& t) {
        const std::string id = next("table");
        std::string html = fmt::format(
            "<p class=\"caption\" id=\"{0}\">{1}</p>\n<div class=\"scroll\" role=\"region\" "
            "aria-labelledby=\"{0}\" tabindex=\"0\">\n<table aria-labelledby=\"{0}\">\n<thead><tr>",
            id, escaped(t.caption));
        for (std::size_t column = 0; column < t.table.head.size(); ++column)
            html +=
                fmt::format("<th scope=\"col\"{}>{}</th>", column < t.labels ? " class=\"t\"" : "",
                            escaped(t.table.head[column]));
        html += "</tr></thead>\n<tbody>\n";
        for (std::size_t row = 0; row < t.table.rows.size(); ++row) {
            html += row < t.groups.size() && t.groups[row]
                        ? fmt::format("<tr data-group=\"{}\">", places_.at(t.groups[row]))
                        : "<tr>";
            for (std::size_t column = 0; column < t.table.rows[row].size(); ++column)
                html += column == 0
                            ? "<th scope=\"row\">" + escaped(t.table.rows[row][column]) + "</th>"
                            : fmt::format("<td{}>{}</td>", column < t.labels ? " class=\"t\"" : "",
                                          escaped(t.table.rows[row][column]));
            html += "</tr>\n";
        }
        html += "</tbody></table>\n</div>\n";
        for (const std::string& note : t.table.notes)
            html += "<p class=\"note\">" + escaped(note) + "</p>\n";
        return html;
    }

    std::string next(const char* kind) { return fmt::format("{}-{}", kind, ++count_); }

    const Page& page_;
    std::map<const Group*, std::size_t> places_;
    std::size_t charts_ = 0;
    int count_ = 0;
};

std::string head(const Page& page) {
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
        "<title>crossbar_sim: results</title>\n<style>\n{}</style>\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n"
        "<h1>crossbar_sim: results</h1>\n"
        "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#runs\">All runs</a></li>\n",
        file_named("report.css"));
    for (const StudyResults& study : page.studies)
        html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", study.id,
                            escaped(study.title.substr(0, study.title.find(':'))));
    return html + "<li><a href=\"#notes\">Notes</a></li>\n</ul></nav>\n</header>\n";
}

// The licence stays with the library, as it asks.
std::string scripts(const Page& page) {
    std::string html =
        "<script type=\"application/json\" id=\"data\">" + data_of(page) + "</script>\n";
    if (const std::string_view d3 = file_named("d3.min.js"); !d3.empty())
        html += fmt::format("<script>\n/*\n{}*/\n{}</script>\n", file_named("d3.copyright"), d3);
    html += "<script>\n\"use strict\";\n";
    for (const char* name : {"data.js", "charts.js", "run_table.js", "run_view.js", "explorer.js"})
        html += file_named(name);
    return html + "</script>\n";
}

}  // namespace

std::string html_of(const Page& page) {
    Writer writer(page);
    std::string html = head(page) + "<main id=\"main\" tabindex=\"-1\">\n" + writer.first();
    html +=
        "<section aria-labelledby=\"runs\">\n<h2 id=\"runs\">All runs</h2>\n<noscript><p>The table "
        "of single runs needs scripts; crossbar_sim report STORE --out runs.csv writes one "
        "for spreadsheets.</p></noscript>\n<div id=\"explorer\"></div>\n</section>\n";
    for (const StudyResults& study : page.studies)
        html += writer.study(study);
    html += "<section aria-labelledby=\"notes\">\n<h2 id=\"notes\">Notes</h2>\n<ul>\n";
    for (const std::string& note : page.notes)
        html += "<li>" + escaped(note) + "</li>\n";
    return html + "</ul>\n</section>\n</main>\n" + scripts(page) + "</body>\n</html>\n";
}

}  // namespace crossbar::sim
