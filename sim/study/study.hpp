// Many runs as one study: rows by columns by seeds, an experiment of the paper or a free grid. Its
// runs are calls of the program by itself; finished ones are in the store, and a table tells them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "session/given.hpp"
#include "session/settings.hpp"
#include "study/foretold.hpp"
#include "study/store.hpp"
#include "terminal/table.hpp"

namespace crossbar::sim {

// A row or column: its name in the table, and the option values that make it.
struct Variant {
    std::string label;
    Values values;
    std::string only = {};  // a row: the column that it is made for; empty: all
};

// How many runs are made.
struct StudyOptions {
    std::string store = "results.jsonl", table_format = "text";
    std::string shard;     // "2/4"; empty: all runs
    std::string evaluate;  // checkpoint that all runs test; empty: they train
    int seeds = 1, jobs = 1;
    int slurm = 0;  // shards of the job script to print; 0: none
    bool dry_run = false, status = false;
    bool alone = true;  // not one of several processes that a launcher started
    bool first = true;  // of those, the one that tells the table
};

struct StudyRun {
    Given line;            // of the one call that makes it
    RunSettings settings;  // what that line comes to
    RunLabels labels;      // in the store, but for the experiment
    std::string old_key;   // in stores whose keys do not tell what files held; empty: in none
    std::size_t row = 0, column = 0;  // of the study's table
    ImageNumbers images;              // that it trains and is tested on
    double operations = 1;            // that it will take (foretold.hpp)

    bool evaluates() const { return line.has("evaluate"); }
};

// A run that cannot be.
struct Refusal {
    std::string label, why;
    bool operator==(const Refusal&) const = default;
};

struct Study {
    std::string experiment;  // "A", "sweep"
    std::vector<Variant> rows, columns;
    std::uint64_t seeds = 1;
    bool ablation = false;       // an experiment with rows of its own: not beside published values
    std::vector<StudyRun> runs;  // row by row, column by column, seed by seed
    std::vector<Refusal> left_out;  // runs of an ablation that the task's settings rule out
};

// Every run of the study, checked: a mistake in the last one is told before the first one starts.
// Throws Error; settings that an ablation brings and a task cannot have are left out instead.
Study plan_study(const Given& line, int seeds = 1);

// One run of a study, checked with its hardware, its data and the memory it needs. `line` has its
// options, whose data are made definite. Throws Error.
StudyRun plan_run(Given line, const std::string& label);

// What the store has of it, if anything.
const StoredRun* stored_for(const StudyRun& run, const Store& store);

// Mean and deviation of the runs in the store for every cell, published values below. Rows on real
// images and rows on stand-ins are tables of their own.
std::vector<Table> tables_of(const Study& study, const Store& store);

// For programs: a row per cell, a column per option of rows and columns, then mean and deviation.
Table cells_of(const Study& study, const Store& store);

// The runs with their results, as JSON.
std::string json_of(const Study& study, const Store& store);

// 0; 2 when some run failed; 128 + a signal that ended it. Throws Error.
int run_study(const Given& line, const StudyOptions& options);

}  // namespace crossbar::sim
