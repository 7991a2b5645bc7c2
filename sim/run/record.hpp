// What a run came to, as one record: settings from the option table, then results. JSON for one
// run, CSV for a row among many.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/outputs.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

struct Outcome {
    const Run& experiment;
    const Outputs& outputs;
    std::vector<LayerReport> layers;
    std::optional<Evaluation> evaluation;  // after the run; else the last epoch's test counts
    double wall_seconds = 0;               // of this call of the program
    std::vector<Reading> readings = {};    // of the written network; the last is the evaluation
    std::vector<LayerDiagnosis> diagnosis = {};  // of --diagnose, where no epoch has one
};

// Percent of wrong images; below 0 where there are none.
double percent_wrong(const Metrics& metrics);

// The test that the record reports: that of the outcome, else the last epoch's.
Metrics test_tally(const Outcome& outcome);

// Fails now, before training, where a record could not be written.
void check_outputs(const Outcome& outcome);

// Write --json and --csv, where given. Throw Error.
void write_json(const Outcome& outcome);
void write_csv(const Outcome& outcome);

}  // namespace crossbar::sim
