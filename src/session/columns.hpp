// The columns of the paper's experiments (docs/experiments.md) as data: each a name and the options
// that make it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "session/given.hpp"

namespace crossbar {

struct Column {
    const char* name;     // as in [[published]] of task files
    const char* options;  // as one would type them
    const char* like;     // the column whose settings of a task hold here too; null for none
};

std::span<const Column> columns();

// Throws the Error of a name that is none of these, with the nearest one.
[[noreturn]] void refuse_name(const char* option, const std::string& name,
                              const std::vector<std::string>& names);

// A row by its name. Throws Error.
template <typename Row>
const Row& row_named(std::span<const Row> rows, const std::string& name, const char* option) {
    std::vector<std::string> names;
    for (const Row& row : rows) {
        if (name == row.name) return row;
        names.emplace_back(row.name);
    }
    refuse_name(option, name, names);
}
const Column& column_named(const std::string& name);

// The options of a column, taken apart.
Values values_of(const Column& column);

// The column after those whose settings it takes over, the most distant first.
std::vector<std::string> lineage(const Column& column);

}  // namespace crossbar
