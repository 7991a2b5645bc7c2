// The experiments of the paper, and ablations (docs/experiments.md), as data: each a list of
// columns, and perhaps of rows.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace crossbar::sim {

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

std::span<const PaperExperiment> paper_experiments();

// Throws Error with the nearest name.
const PaperExperiment& experiment_named(const std::string& name);

}  // namespace crossbar::sim
