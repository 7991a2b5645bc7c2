// The table of a study: what the store has, beside what was published.
#include <algorithm>

#include "base/check.hpp"
#include "study/published.hpp"
#include "study/store.hpp"
#include "study/study.hpp"

namespace crossbar::sim {
namespace {

// Runs of one cell.
struct Cell {
    std::vector<double> errors;  // percent, of those in the store
    bool against_paper = true;
};

bool has_other_images(const StudyRun& run, const Store& store) {
    const StoredRun* stored = stored_for(run, store);
    return stored && stored->other;
}

bool compares(const Study& study, const StudyRun& run, const Store& store) {
    return !study.ablation && !run.evaluates() && is_as_published(run.settings) &&
           !has_other_images(run, store);
}

Cell cell_at(const Study& study, const Store& store, std::size_t row, std::size_t column) {
    Cell cell;
    for (const StudyRun& run : study.runs) {
        if (run.row != row || run.column != column) continue;
        cell.against_paper = compares(study, run, store);
        if (const StoredRun* stored = stored_for(run, store)) cell.errors.push_back(stored->error);
    }
    return cell;
}

std::string text_of(const Cell& cell, std::uint64_t seeds, const Published* published) {
    if (cell.errors.empty()) return "-";
    const double middle = mean(cell.errors);
    std::string text = fmt::format("{:.2f}", middle);
    if (cell.errors.size() > 1) text += fmt::format(" +- {:.2f}", deviation(cell.errors));
    if (cell.errors.size() < seeds) text += fmt::format(" ({}/{})", cell.errors.size(), seeds);
    if (published && cell.against_paper)
        text += middle < published->error_percent   ? " <"
                : middle > published->error_percent ? " >"
                                                    : " =";
    return text;
}

std::string value_of(const Values& values, const std::string& name) {
    for (const auto& [option, value] : values)
        if (option == name) return value;
    return {};
}

const RunSettings& options_of_row(const Study& study, std::size_t row) {
    return std::find_if(study.runs.begin(), study.runs.end(),
                        [&](const StudyRun& run) { return run.row == row; })
        ->settings;
}

// The published row of a task, for columns with a run that compares; empty where there is none.
std::vector<std::string> paper_row(const Study& study, const Store& store,
                                   const std::string& name) {
    const Task task = load_task(name);
    std::vector<std::string> row = {"  paper"};
    bool any = false;
    for (std::size_t c = 0; c < study.columns.size(); ++c) {
        const Variant& column = study.columns[c];
        const bool wanted =
            std::any_of(study.runs.begin(), study.runs.end(), [&](const StudyRun& run) {
                return run.column == c && run.settings.task == name && compares(study, run, store);
            });
        const Published* p =
            !wanted ? nullptr : published_value(task, value_of(column.values, "column"));
        any |= p != nullptr;
        row.push_back(!p ? "-"
                         : fmt::format("{:.2f}{}", p->error_percent,
                                       p->mark == "reconstructed" ? " (r)" : ""));
    }
    return any ? row : std::vector<std::string>{};
}

// The rows on real images, or those on stand-ins.
Table table_of(const Study& study, const Store& store, bool real) {
    Table table;
    table.head = {"task"};
    for (const Variant& column : study.columns)
        table.head.push_back(column.label);
    bool papers = false, parts = false, held_out = false;
    for (std::size_t row = 0; row < study.rows.size(); ++row) {
        const std::string name = value_of(study.rows[row].values, "task");
        const Task task = load_task(name);
        const RunSettings& settings = options_of_row(study, row);
        if ((settings.data != "synthetic") != real) continue;
        const bool whole = settings.data == "real";
        parts |= real && !whole;
        held_out |= settings.holdout != 0;
        std::vector<std::string> cells = {study.rows[row].label +
                                          (whole ? "" : " (" + settings.data + ")")};
        for (std::size_t column = 0; column < study.columns.size(); ++column)
            cells.push_back(
                text_of(cell_at(study, store, row, column), study.seeds,
                        published_value(task, value_of(study.columns[column].values, "column"))));
        table.rows.push_back(cells);
        const bool last =
            row + 1 == study.rows.size() || value_of(study.rows[row + 1].values, "task") != name;
        const std::vector<std::string> paper =
            last ? paper_row(study, store, name) : std::vector<std::string>{};
        if (paper.empty()) continue;
        table.rows.push_back(paper);
        papers = true;
    }
    table.notes.push_back(fmt::format(
        "error in percent on {}{}", held_out ? "held-out training images" : "test images",
        study.seeds > 1 ? ", mean +- standard deviation over seeds" : ""));
    if (study.runs.front().evaluates())
        table.notes.push_back(fmt::format("{} under other hardware; nothing was trained on it",
                                          study.runs.front().line.value("evaluate")));
    if (papers)
        table.notes.emplace_back(
            "< better, > worse than the paper's; (r) its value is from memory");
    if (parts)
        table.notes.emplace_back("subset, reduced: of the real images; not the published task");
    if (real && std::any_of(study.runs.begin(), study.runs.end(),
                            [&](const StudyRun& run) { return has_other_images(run, store); }))
        table.notes.emplace_back("the images are not those that the task is known by");
    if (!real)
        table.notes.emplace_back("synthetic: stand-in images; says nothing about the real task");
    return table;
}

// The options of rows and columns, each once, the task first.
std::vector<std::string> axis_options(const Study& study) {
    std::vector<std::string> options = {"task", "data"};
    for (const auto* variants : {&study.rows, &study.columns})
        for (const Variant& variant : *variants)
            for (const auto& [option, value] : variant.values)
                if (std::find(options.begin(), options.end(), option) == options.end())
                    options.push_back(option);
    return options;
}

// What a run has of an option: that of its row or column, else what its settings came to.
std::string value_in(const Study& study, const StudyRun& run, const std::string& option) {
    if (option == "data") return run.settings.data;
    for (const Variant* variant : {&study.rows[run.row], &study.columns[run.column]})
        if (const std::string value = value_of(variant->values, option); !value.empty())
            return value;
    return find_setting(option) ? text_of(option, run.settings) : "";
}

}  // namespace

Table cells_of(const Study& study, const Store& store) {
    const std::vector<std::string> options = axis_options(study);
    Table table;
    for (std::string name : options) {
        std::replace(name.begin(), name.end(), '-', '_');
        table.head.push_back(name);
    }
    for (const char* head : {"reported_on", "seeds", "test_error_percent", "test_error_deviation",
                             "published_percent", "published_mark"})
        table.head.emplace_back(head);
    const StudyRun* last = nullptr;
    for (const StudyRun& run : study.runs) {
        if (last && last->row == run.row && last->column == run.column) continue;  // another seed
        last = &run;
        const Cell cell = cell_at(study, store, run.row, run.column);
        std::vector<std::string> row;
        for (const std::string& option : options)
            row.push_back(value_in(study, run, option));
        const Task task = load_task(value_of(study.rows[run.row].values, "task"));
        const Published* published =
            cell.against_paper ? published_value(task, value_in(study, run, "column")) : nullptr;
        const auto number = [](bool there, double value) {
            return there ? fmt::format("{:.4f}", value) : "";
        };
        row.emplace_back(run.settings.holdout != 0 ? "holdout" : "test");
        row.push_back(fmt::format("{}", cell.errors.size()));
        row.push_back(number(!cell.errors.empty(), mean(cell.errors)));
        row.push_back(number(cell.errors.size() > 1, deviation(cell.errors)));
        row.push_back(number(published, published ? published->error_percent : 0));
        row.push_back(published ? published->mark : "");
        table.rows.push_back(std::move(row));
    }
    return table;
}

std::vector<Table> tables_of(const Study& study, const Store& store) {
    std::vector<Table> tables;
    for (const bool real : {true, false})
        if (Table table = table_of(study, store, real); !table.rows.empty())
            tables.push_back(std::move(table));
    return tables;
}

}  // namespace crossbar::sim
