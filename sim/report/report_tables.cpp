// The tables of a report: summary, the paper's experiments, other columns, held-out images, runs.
#include <algorithm>
#include <map>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "report/report_sweeps.hpp"
#include "study/experiments.hpp"
#include "study/sweep.hpp"

namespace crossbar::sim {
namespace {

constexpr const char summary_text[] =
    "{} runs in {} groups. A group is the runs with the same settings and different seeds: its "
    "error is the mean ± the standard deviation over seeds, with their number beside it. Errors "
    "are "
    "those after the last epoch. Groups whose settings begin with (files ..) differ in what their "
    "target, task or data files held.";
constexpr const char* published_text =
    "Published values are those of Liao, Leibo, Poggio, arXiv 1510.05067. (paper): printed in its "
    "text. (reconstructed): from memory, a rough guide only.";
constexpr const char* stand_in_text =
    "Real images and synthetic stand-ins are never in one table; synthetic ones say nothing about "
    "the real task.";
constexpr const char* runs_text =
    "Every run: its command makes it again, bit for bit, on any machine, when the data are the "
    "same; the signature is that of the trained network. (Float runs depend on the instruction "
    "set.)";

// Where a mean stands beside a published value, to the two decimals that are printed.
int compare(double mean, double published) {
    const long a = std::lround(mean * 100), b = std::lround(published * 100);
    return a < b ? -1 : a > b;
}

// An option a line.
std::string settings_lines(const Group& group) {
    std::string text = group.settings.empty() ? "the task's" : group.settings;
    for (std::size_t at = 0; (at = text.find(" --", at)) != text.npos; ++at)
        text[at] = '\n';
    return text;
}

// What a row of a table has in common, with these settings.
std::string row_of(const Group& group, const std::string& settings) {
    return fmt::format("{}\n{}\n{}\n{}", group.task(), group.first().settings.data,
                       group.first().arithmetic(), settings);
}

// A table of a study: rows by task, arithmetic and settings; below a task's the published ones.
class PaperTable {
  public:
    PaperTable(const PaperExperiment& experiment, bool real, std::set<std::string> ablated)
        : columns_(experiment.columns), ablated_(std::move(ablated)) {
        table_.caption = fmt::format("Experiment {}: test error in percent, {}", experiment.name,
                                     real ? "real images" : "SYNTHETIC stand-in images");
        table_.labels = 3;
        table_.table.head = {"task", "arithmetic", "settings"};
        for (const std::string& column : columns_)
            table_.table.head.push_back(column);
    }

    void add(const Group& group) {
        if (ablated_.empty() ? is_ablated(group)
                             : !ablated_.contains(row_of(group, group.settings)))
            return;
        const auto column = std::find(columns_.begin(), columns_.end(), group.column());
        if (column == columns_.end()) return;
        const std::size_t place = 3 + static_cast<std::size_t>(column - columns_.begin());
        const std::size_t row = row_for(group);
        std::string& cell = table_.table.rows[row][place];
        const Group::Spread error = group.spread(&Result::test_error);
        cell = text_of(error, 2);
        if (compares_with_published(group)) note_published(group);
        std::string mark;
        const double published = published_for(group, mark);
        if (published == missing || error.count == 0) return;
        const int order = compare(error.mean, published);
        cell += order < 0 ? "\nbetter" : order > 0 ? "\nworse" : "\nequal";
        if (order != 0) table_.marks[{row, place}] = order < 0 ? Mark::better : Mark::worse;
    }

    // The table, or none where nothing was added.
    std::vector<Block> take() {
        if (table_.table.rows.empty()) return {};
        PageTable result{table_.caption, {table_.table.head, {}, {}}, {}, table_.labels};
        for (std::size_t row = 0; row < table_.table.rows.size(); ++row) {
            for (const auto& [place, mark] : table_.marks)
                if (place.first == row)
                    result.marks[{result.table.rows.size(), place.second}] = mark;
            result.table.rows.push_back(table_.table.rows[row]);
            const std::string& task = table_.table.rows[row][0];
            const bool last =
                row + 1 == table_.table.rows.size() || table_.table.rows[row + 1][0] != task;
            if (last && papers_.contains(task)) result.table.rows.push_back(paper_row(task));
        }
        return {result};
    }

  private:
    std::size_t row_for(const Group& group) {
        const std::vector<std::string> names = {group.task(), group.first().arithmetic(),
                                                settings_lines(group)};
        auto& rows = table_.table.rows;
        for (std::size_t row = 0; row < rows.size(); ++row)
            if (std::equal(names.begin(), names.end(), rows[row].begin())) return row;
        // After the task's other rows, those of one arithmetic together.
        rows.push_back(names);
        rows.back().resize(table_.table.head.size(), "-");
        return rows.size() - 1;
    }

    // Of all columns, measured or not.
    void note_published(const Group& group) {
        const Task task = task_of(group.first().settings);
        for (const Published& row : task.published)
            for (std::size_t i = 0; i < columns_.size(); ++i)
                if (columns_[i] == row.column)
                    papers_[group.task()][3 + i] =
                        fmt::format("{:.2f}\n({})", row.error_percent, row.mark);
    }

    std::vector<std::string> paper_row(const std::string& task) {
        std::vector<std::string> row = {task, "published", ""};
        row.resize(table_.table.head.size(), "-");
        for (const auto& [place, text] : papers_[task])
            row[place] = text;
        return row;
    }

    std::vector<std::string> columns_;
    std::set<std::string> ablated_;  // the rows of an ablation; empty: any
    PageTable table_;
    std::map<std::string, std::map<std::size_t, std::string>> papers_;
};

// The rows of groups that were made for an ablation, and of those they stand beside.
std::set<std::string> ablated_rows(const PaperExperiment& experiment, const Groups& groups) {
    std::set<std::string> rows;
    for (const RowAxis& axis : experiment.rows) {
        const std::string option = parse_axis(axis.sweep).option;
        for (const Group& group : groups) {
            std::string without = settings_without(group, option);
            if (without.starts_with(' ')) without.erase(0, 1);
            if (without == group.settings || !was_made_for(group, experiment.name)) continue;
            rows.insert(row_of(group, group.settings));
            rows.insert(row_of(group, without));
        }
    }
    return rows;
}

bool has_column(const PaperExperiment& experiment, const Group& group) {
    return std::find(experiment.columns.begin(), experiment.columns.end(), group.column()) !=
           experiment.columns.end();
}

// Whether the group's row has a second column of the experiment: one alone compares nothing.
bool compares(const PaperExperiment& experiment, const Group& group, const Groups& groups) {
    return std::any_of(groups.begin(), groups.end(), [&](const Group& g) {
        return g.task() == group.task() && g.settings == group.settings &&
               g.first().real() == group.first().real() &&
               g.first().held_out == group.first().held_out &&
               g.first().arithmetic() == group.first().arithmetic() &&
               g.column() != group.column() && has_column(experiment, g);
    });
}

bool of_some_experiment(const Group& group, const Groups& groups) {
    for (const PaperExperiment& e : paper_experiments()) {
        if (!has_column(e, group)) continue;
        if (e.rows.empty() ? compares(e, group, groups)
                           : ablated_rows(e, groups).contains(row_of(group, group.settings)))
            return true;
    }
    return false;
}

// Groups one below the other.
PageTable listing(const std::string& caption, const std::vector<const Group*>& groups) {
    PageTable t{caption,
                {{"task", "arithmetic", "column", "settings", "error %", "training error %",
                  "pulses per synapse"},
                 {},
                 {}},
                {},
                4};
    for (const Group* group : groups)
        t.table.rows.push_back({group->task(), group->first().arithmetic(), group->column(),
                                settings_lines(*group),
                                text_of(group->spread(&Result::test_error), 2),
                                text_of(group->spread(&Result::train_error), 2),
                                text_of(group->spread(&Result::pulses), 1)});
    return t;
}

template <typename Wanted>
Section listing_section(const std::string& id, const std::string& title, const std::string& caption,
                        const std::string& intro, const Groups& groups, Wanted wanted) {
    Section section{id, title, {}, {}};
    for (const bool real : {true, false}) {
        std::vector<const Group*> chosen;
        for (const Group& group : groups)
            if (group.first().real() == real && wanted(group)) chosen.push_back(&group);
        if (chosen.empty()) continue;
        if (section.blocks.empty()) section.blocks.emplace_back(Paragraph{intro});
        section.blocks.emplace_back(
            listing(caption + (real ? ", real images" : ", SYNTHETIC stand-in images"), chosen));
    }
    return section;
}

// Runs, columns and comparisons of a task.
struct Count {
    std::size_t runs = 0;
    std::set<std::string> columns;
    int better = 0, equal = 0, worse = 0;
};

PageTable count_table(const Groups& groups) {
    std::map<std::pair<std::string, std::string>, Count> counts;
    for (const Group& group : groups) {
        const Result& run = group.first();
        Count& count = counts[{run.task(), run.real() ? "real" : "SYNTHETIC"}];
        count.runs += group.runs.size();
        count.columns.insert(group.column());
        std::string mark;
        const double published = published_for(group, mark);
        if (published == missing) continue;
        const int order = compare(group.spread(&Result::test_error).mean, published);
        (order < 0 ? count.better : order > 0 ? count.worse : count.equal) += 1;
    }
    PageTable t{"Runs, and how their errors compare with published ones",
                {{"task", "images", "runs", "columns", "better", "equal", "worse"}, {}, {}},
                {},
                2};
    for (const auto& [key, count] : counts)
        t.table.rows.push_back({key.first, key.second, fmt::format("{}", count.runs),
                                fmt::format("{}", count.columns.size()),
                                fmt::format("{}", count.better), fmt::format("{}", count.equal),
                                fmt::format("{}", count.worse)});
    t.table.notes = {
        "better, equal, worse: groups of runs whose mean test error is below, at or above "
        "the value published for their column."};
    return t;
}

std::string machine_of(const Result& run) {
    if (run.cpu.empty()) return run.isa;
    return fmt::format("{}, {} cores, {}", run.cpu, short_number(run.cores), run.isa);
}

std::string set_text(const std::set<std::string>& words) {
    return words.empty() ? "not recorded" : fmt::format("{}", fmt::join(words, "; "));
}

}  // namespace

Section summary_section(const Results& results, const Groups& groups) {
    std::set<std::string> versions, machines, days;
    std::size_t runs = 0;
    for (const Group& group : groups)
        runs += group.runs.size();
    for (const Result& run : results.runs) {
        if (!run.version.empty()) versions.insert(run.version);
        if (!run.cpu.empty()) machines.insert(run.cpu);
        if (run.date.size() >= 10) days.insert(run.date.substr(0, 10));
    }
    Section section{"summary", "Summary", {}, {}};
    section.blocks.emplace_back(Paragraph{fmt::format(summary_text, runs, groups.size())});
    section.blocks.emplace_back(count_table(groups));
    section.blocks.emplace_back(ListOfLines{
        {published_text, stand_in_text, "Versions: " + set_text(versions),
         "Processors: " + set_text(machines),
         "Days: " + (days.size() > 1 ? *days.begin() + " to " + *days.rbegin() : set_text(days))}});
    if (const std::string text = unvouched_text(results); !text.empty())
        section.blocks.emplace_back(Paragraph{text + "."});
    if (!results.notices.empty()) {
        section.blocks.emplace_back(Paragraph{"Left out:"});
        section.blocks.emplace_back(ListOfLines{results.notices});
    }
    return section;
}

std::vector<Section> table_sections(const Groups& groups) {
    std::vector<Section> sections;
    for (const PaperExperiment& experiment : paper_experiments()) {
        Section section{fmt::format("experiment-{}", experiment.name),
                        fmt::format("Experiment {}: {}", experiment.name, experiment.title),
                        {},
                        {}};
        for (const bool real : {true, false}) {
            const std::set<std::string> ablated = ablated_rows(experiment, groups);
            if (ablated.empty() && !experiment.rows.empty()) continue;
            PaperTable table(experiment, real, ablated);
            for (const Group& group : groups)
                if (group.first().real() == real && !group.first().held_out &&
                    (!experiment.rows.empty() || compares(experiment, group, groups)))
                    table.add(group);
            for (Block& block : table.take())
                section.blocks.push_back(std::move(block));
        }
        if (!section.blocks.empty()) sections.push_back(std::move(section));
    }
    for (Section& section : std::vector{
             listing_section(
                 "other", "Other runs", "Runs that are not part of an experiment",
                 "Test errors of columns that are in none of the paper's experiments, or "
                 "without a second one to compare with.",
                 groups,
                 [&](const Group& g) {
                     return !g.first().held_out && !of_some_experiment(g, groups);
                 }),
             listing_section("held-out", "Held-out images", "Errors on held-out training images",
                             "Runs from which settings were chosen: they are tested on held-out "
                             "training images, and are not results.",
                             groups, [](const Group& g) { return g.first().held_out; })})
        if (!section.blocks.empty()) sections.push_back(std::move(section));
    return sections;
}

Section run_section(const Groups& groups) {
    Section section{"runs", "Commands, versions, machines", {}, {}};
    section.blocks.emplace_back(Paragraph{runs_text});
    PageTable t{"Every run",
                {{"run", "command", "signature", "version", "machine", "date", "record", "seed",
                  "error %", "seconds"},
                 {},
                 {}},
                {},
                7,
                {1}};
    for (const Group& group : groups)
        for (const Result* run : group.runs)
            t.table.rows.push_back(
                {run->task() + (run->real() ? "" : " SYNTHETIC") + "\n" + group.column(),
                 run->command, run->signature, run->version, machine_of(*run),
                 run->date.empty() ? "not recorded" : run->date, run->where,
                 fmt::format("{}", run->settings.training.seed),
                 fmt::format("{:.2f}", run->test_error),
                 run->seconds == missing ? "-" : fmt::format("{:.0f}", run->seconds)});
    section.blocks.emplace_back(std::move(t));
    return section;
}

}  // namespace crossbar::sim
