// The columns and experiments of the paper, and ablations (docs/experiments.md), as data: a column
// is a name and the options that make it, an experiment a list of columns, and perhaps of rows.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace crossbar::sim {

// Option name without dashes, value as the command line would hold it.
using Values = std::vector<std::pair<std::string, std::string>>;

struct Column {
    const char* name;     // as in [[published]] of task files
    const char* options;  // as one would type them
    const char* like;     // the column whose settings of a task hold here too; null for none
};

// Rows of an experiment: the values of one option, as --sweep takes them.
struct RowAxis {
    std::string sweep;
    const char* column = nullptr;  // the only one for which they mean anything; null: all
    const char* beside = nullptr;  // OPTION=VALUE of all of them; they are none where it is given
};

// One of the paper's compares columns; an ablation goes through rows of its own besides, one axis
// after the other.
struct PaperExperiment {
    const char* name;
    const char* title;
    std::vector<std::string> columns;
    std::vector<RowAxis> rows = {};
};

std::span<const Column> columns();
std::span<const PaperExperiment> paper_experiments();

// Both throw Error with the nearest name.
const Column& column_named(const std::string& name);
const PaperExperiment& experiment_named(const std::string& name);

// The options of a column, taken apart.
Values values_of(const Column& column);

// The column after those whose settings it takes over, the most distant first.
std::vector<std::string> lineage(const Column& column);

}  // namespace crossbar::sim
