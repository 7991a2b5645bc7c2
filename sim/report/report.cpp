// Puts a report together from the groups of runs, and writes it by the suffix of the file.
#include "report/report.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "data/task.hpp"
#include "report/figures.hpp"
#include "report/page.hpp"
#include "study/published.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

// Where the environment says that a terminal takes UTF-8.
bool takes_unicode() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (const char* value = std::getenv(name); value && *value) {
            const std::string_view text = value;
            return text.find("UTF-8") != text.npos || text.find("utf8") != text.npos;
        }
    return false;
}

std::string set_text(const std::set<std::string>& words) {
    return words.empty() ? "not recorded" : fmt::format("{}", fmt::join(words, "; "));
}

std::vector<std::string> notes_of(const Results& results) {
    std::set<std::string> versions, machines, days;
    for (const Result& run : results.runs) {
        if (!run.version.empty()) versions.insert(run.version);
        if (!run.cpu.empty()) machines.insert(run.cpu);
        if (run.date.size() >= 10) days.insert(run.date.substr(0, 10));
    }
    std::vector<std::string> notes = {
        fmt::format("{} runs. A group is the runs with the same settings and different seeds: its "
                    "error is the mean ± the standard deviation over seeds, with their number. "
                    "Errors are those after the last epoch.",
                    results.runs.size()),
        "Published values are those of Liao, Leibo, Poggio, arXiv 1510.05067; (r): reconstructed "
        "from memory, a rough guide only. They stand beside runs of the task's own network on all "
        "real images with ideal synapses, and beside no others.",
        "Versions: " + set_text(versions), "Processors: " + set_text(machines),
        "Days: " + (days.size() > 1 ? *days.begin() + " to " + *days.rbegin() : set_text(days))};
    if (const std::string text = unvouched_text(results); !text.empty())
        notes.push_back(text + ".");
    for (const std::string& notice : results.notices)
        notes.push_back("Left out: " + notice);
    return notes;
}

// Settings that vary between any groups, and those that some group departs in.
std::vector<std::string> axis_names(const std::vector<const Group*>& groups) {
    std::vector<std::string> names;
    for (const SettingAxis& axis : axes_of(groups).axes) {
        names.push_back(axis.name);
        names.insert(names.end(), axis.along.begin(), axis.along.end());
    }
    for (const char* own : {"task", "arithmetic", "column"})
        std::erase(names, own);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

std::string unvouched_text(const Results& results) {
    const auto count = std::count_if(results.runs.begin(), results.runs.end(),
                                     [](const Result& run) { return !run.line.vouched; });
    if (count == 0) return {};
    return fmt::format(
        "{} of {} runs cannot be checked: their records do not say what their target, task and "
        "data files contained",
        count, results.runs.size());
}

std::string title_of(const Group& group) {
    const Result& run = group.first();
    return fmt::format("{}, {} images, {}", run.task(), run.real() ? "real" : "SYNTHETIC",
                       run.arithmetic() == "fixed" ? "integers" : "float32");
}

std::string name_of(const Group& group) {
    return group.settings.empty() ? group.column() : group.column() + " " + group.settings;
}

bool compares_with_published(const Group& group) {
    const Result& run = group.first();
    const bool whole = run.data_label.empty() || run.data_label == "full";
    if (!whole || run.held_out || !run.trained_on.empty() || !is_as_published(run.settings))
        return false;
    // Files of one's own may bear the names of built-in ones.
    const std::uint64_t task = task_of(run.settings).fingerprint;
    const auto differs = [](const std::string& told, const std::string& own) {
        return !told.empty() && told != own;
    };
    return !differs(run.task_fingerprint, fmt::format("{:016x}", task)) &&
           !differs(run.target_fingerprint, target_digits(run.settings));
}

double published_for(const Group& group, std::string& mark) {
    if (!compares_with_published(group)) return missing;
    const Task& task = task_of(group.first().settings);
    const Published* row = published_value(task, group.column());
    if (!row) return missing;
    mark = row->mark;
    return row->error_percent;
}

std::string paper_text(const Group& group) {
    std::string mark;
    const double published = published_for(group, mark);
    if (published == missing) return "-";
    return fmt::format("{:.2f}{}", published, mark == "reconstructed" ? " (r)" : "");
}

Page page_of(const Results& results) {
    Page page{&results, studies_of(groups_of(results)), {}, notes_of(results)};
    page.first = first_screen_of(page.studies);
    return page;
}

std::vector<ErrorChart> charts_of(const Page& page) {
    std::vector<ErrorChart> charts = {page.first.chart};
    for (const StudyResults& study : page.studies)
        for (const Comparison& part : study.parts)
            for (ErrorChart& chart : charts_of(part))
                charts.push_back(std::move(chart));
    return charts;
}

Table report_table(const Results& results) {
    const std::vector<StudyResults> studies = studies_of(groups_of(results));
    std::vector<const Group*> groups;
    for (const StudyResults& study : studies)
        for (const Group& group : study.groups)
            groups.push_back(&group);
    const std::vector<std::string> axes = axis_names(groups);
    Table table;
    table.head = {"study", "task", "data", "arithmetic", "column"};
    for (std::string name : axes) {
        std::replace(name.begin(), name.end(), '-', '_');
        table.head.push_back(name);
    }
    for (const char* head :
         {"reported_on", "seeds", "test_error_percent", "test_error_deviation",
          "train_error_percent", "pulses_per_synapse", "published_percent", "published_mark"})
        table.head.emplace_back(head);
    const auto number = [](double value) {
        return value == missing ? "" : fmt::format("{:.4f}", value);
    };
    for (const StudyResults& study : studies)
        for (const Group& group : study.groups) {
            const Result& run = group.first();
            const Group::Spread error = group.spread(&Result::test_error);
            std::vector<std::string> row = {study.title, run.task(), run.settings.data,
                                            run.arithmetic(), group.column()};
            for (const std::string& name : axes) {
                const std::string value = setting_value(group, name);
                row.push_back(value == "-" ? "" : value);
            }
            std::string mark;
            const double published = published_for(group, mark);
            for (const std::string& cell :
                 {std::string(run.held_out ? "holdout" : "test"), fmt::format("{}", error.count),
                  number(error.mean), error.count > 1 ? number(error.deviation) : "",
                  number(group.spread(&Result::train_error).mean),
                  number(group.spread(&Result::pulses).mean), number(published), mark})
                row.push_back(cell);
            table.rows.push_back(std::move(row));
        }
    return table;
}

Results results_told(const std::vector<std::string>& stores) {
    Results results = read_results(stores);
    for (const std::string& notice : results.notices)
        tell("notice: {}", notice);
    if (const std::string text = unvouched_text(results); !text.empty())
        tell("notice: {}: {}", fmt::join(stores, ", "), text);
    return results;
}

void write_report(const std::vector<std::string>& stores, const std::string& page,
                  const std::string& drawing) {
    std::string (*write)(const Results&) = nullptr;
    if (page.ends_with(".html") || page.ends_with(".htm"))
        write = [](const Results& r) { return html_of(page_of(r)); };
    else if (page.ends_with(".md"))
        write = [](const Results& r) { return markdown_of(page_of(r)); };
    else if (page.ends_with(".csv"))
        write = [](const Results& r) { return csv(report_table(r)); };
    else if (!page.empty())
        fail("--out {}: expected a name that ends in .html, .md or .csv", page);
    if (!drawing.empty()) paper_format_of("--draw", drawing);
    const Results results = results_told(stores);
    const std::string from = fmt::format("{}", fmt::join(stores, ", "));
    const auto put_file = [&](const std::string& file, const std::string& text) {
        replace_file(file, text);
        print("{}: {} runs from {}\n", file, results.runs.size(), from);
    };
    if (page.empty() && drawing.empty())
        put(plain_text_of(page_of(results), terminal_width(), takes_unicode()));
    if (!page.empty()) put_file(page, write(results));
    if (!drawing.empty())
        put_file(drawing, drawn(report_figure(report_figure_named("angles"), groups_of(results)),
                                FigureWidth::page, paper_format_of("--draw", drawing)));
}

}  // namespace crossbar::sim
