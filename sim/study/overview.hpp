// A study at a glance, without making a run of it: --status and --dry-run.
#pragma once

#include <string>
#include <vector>

#include "study/run_state.hpp"
#include "study/shard.hpp"
#include "study/study.hpp"
#include "study/trial.hpp"

namespace crossbar::sim {

// Runs of one key are one here: their first.
struct Overview {
    std::string store;
    std::vector<StudyRun> runs;
    std::vector<RunState> states;  // of each
    std::vector<int> shards;       // of each
    Shard shard;                   // that was asked for
    int jobs = 1, threads = 1;
    Trials trials;  // none of it without --dry-run
};

// Of some of the runs.
struct Sum {
    std::size_t runs = 0, left = 0;
    double seconds = 0, longest = 0, bytes = 0;  // of those that are left; with all jobs
};

// With `foretell` by trials.
Overview overview_of(const Given& line, const StudyOptions& options, const Study& study,
                     bool foretell);

// Of a shard; 0: of all.
Sum sum_of(const Overview& overview, int shard);

// Prints it in the --table-format.
void put_overview(const Overview& overview, const std::string& format);

// As JSON (study_json.cpp).
std::string json_of(const Overview& overview);

}  // namespace crossbar::sim
