// Puts the sections of a report together from the groups of runs, and writes them by the suffix of
// the file.
#include "report/report.hpp"

#include <algorithm>
#include <cstdio>

#include "array/target.hpp"
#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "data/task.hpp"
#include "pictures/drawing.hpp"
#include "report/angles_by_layer.hpp"
#include "session/layer_settings.hpp"
#include "study/published.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

bool empty(const Section& section) {
    return section.blocks.empty() && section.parts.empty();
}

// Ids of parts are told apart by number, whatever the names in the store are.
void number_parts(Section& section) {
    for (std::size_t i = 0; i < section.parts.size(); ++i)
        section.parts[i].id = fmt::format("{}-{}", section.id, i + 1);
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
    const Task task = task_of(run.settings);
    const bool whole = run.data_label.empty() || run.data_label == "full";
    if (!whole || run.held_out || !run.trained_on.empty() || !is_as_published(run.settings))
        return false;
    // Files of one's own may bear the names of built-in ones.
    const auto differs = [](const std::string& told, std::uint64_t own) {
        return !told.empty() && told != fmt::format("{:016x}", own);
    };
    const RunSettings& o = run.settings;
    return !differs(run.task_fingerprint, task.fingerprint) &&
           !differs(run.target_fingerprint, target_of(o).fingerprint);
}

double published_for(const Group& group, std::string& mark) {
    if (!compares_with_published(group)) return missing;
    const Task task = task_of(group.first().settings);
    const Published* row = published_value(task, group.column());
    if (!row) return missing;
    mark = row->mark;
    return row->error_percent;
}

Page report_page(const Results& results) {
    const Groups groups = groups_of(results);
    Page page{"crossbar_sim: results", {summary_section(results, groups)}};
    for (Section& section : table_sections(groups))
        page.sections.push_back(std::move(section));
    for (Section (*make)(const Groups&) :
         {curve_section, concordance_section, bits_section, fault_section, target_section,
          pulse_section, diagnosis_section, confusion_section, filter_section, run_section}) {
        Section section = make(groups);
        if (empty(section)) continue;
        number_parts(section);
        page.sections.push_back(std::move(section));
    }
    return page;
}

Table report_table(const Results& results) {
    Table table;
    table.head = {"task",
                  "data",
                  "arithmetic",
                  "column",
                  "settings",
                  "reported_on",
                  "seeds",
                  "test_error_percent",
                  "test_error_deviation",
                  "train_error_percent",
                  "pulses_per_synapse",
                  "published_percent",
                  "published_mark"};
    for (const Group& group : groups_of(results)) {
        const Result& run = group.first();
        const Group::Spread error = group.spread(&Result::test_error);
        const Group::Spread train = group.spread(&Result::train_error);
        const Group::Spread pulses = group.spread(&Result::pulses);
        std::string mark;
        const double published = published_for(group, mark);
        const auto number = [](double value) {
            return value == missing ? "" : fmt::format("{:.4f}", value);
        };
        table.rows.push_back({run.task(), run.settings.data, run.arithmetic(), group.column(),
                              group.settings, run.held_out ? "holdout" : "test",
                              fmt::format("{}", error.count), number(error.mean),
                              error.count > 1 ? number(error.deviation) : "", number(train.mean),
                              number(pulses.mean), number(published), mark});
    }
    return table;
}

void write_report(const std::vector<std::string>& stores, const std::string& page,
                  const std::string& drawing) {
    std::string (*write)(const Results&) = nullptr;
    if (page.ends_with(".html") || page.ends_with(".htm"))
        write = [](const Results& r) { return html_of(report_page(r)); };
    else if (page.ends_with(".md"))
        write = [](const Results& r) { return markdown_of(report_page(r)); };
    else if (page.ends_with(".csv"))
        write = [](const Results& r) { return csv(report_table(r)); };
    else if (!page.empty())
        fail("--out {}: expected a name that ends in .html, .md or .csv", page);
    if (!drawing.empty()) check_drawing_name(drawing);
    const Results results = read_results(stores);
    const std::string from = fmt::format("{}", fmt::join(stores, ", "));
    for (const std::string& notice : results.notices)
        tell("notice: {}", notice);
    if (const std::string text = unvouched_text(results); !text.empty())
        tell("notice: {}: {}", from, text);
    const auto put_file = [&](const std::string& file, const std::string& text) {
        replace_file(file, text);
        print("{}: {} runs from {}\n", file, results.runs.size(), from);
    };
    if (!page.empty()) put_file(page, write(results));
    if (!drawing.empty()) put_file(drawing, angles_drawing(groups_of(results)));
}

}  // namespace crossbar::sim
