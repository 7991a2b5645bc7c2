// Runs read back from a result store, and groups of those that differ in nothing but the seed: what
// reports are made of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/task.hpp"
#include "session/settings.hpp"
#include "study/stored_line.hpp"

namespace crossbar::sim {

// Numbers that a record does not have are `missing`.
inline constexpr double missing = -1;

struct LayerState {
    std::string name;
    double synapses = missing, pulses = missing, saturated = missing, concordance = missing;
};

struct LayerAngle {
    double angle = missing, gradient_signs = missing, synapse_signs = missing;  // degrees, percent
};

struct EpochState {
    int epoch = 0;
    double train_error = missing, test_error = missing, train_loss = missing, test_loss = missing;
    double pulses = missing;
    std::vector<LayerAngle> layers;  // of --diagnose
};

// What one image costs, part by part ("inference", "training"), or writing the network ("writing").
struct CostState {
    std::string phase, part;
    double joules = missing, seconds = missing;
};

struct FilterLevels {
    std::size_t height = 0, width = 0, channels = 0;
    std::vector<std::vector<int>> levels;  // height * width * channels each
};

// One run: its settings, and what it came to.
struct Result {
    std::string where;       // "docs/results/mnist.jsonl:3"
    std::string key;         // that the store knows it by; may be empty
    std::string experiment;  // that it was made for; may be empty
    std::string column;      // of the paper's tables or built alike ("frsf+bn+bm4")
    RunSettings settings;    // data are "real" or "synthetic", 0 images are all of the task's
    std::string version, date, cpu, isa, command, signature;
    std::string data_label;  // "full", "subset", "reduced"; "stand-in"
    // What the run's files held, and the arithmetic; empty where the record does not tell.
    std::string task_fingerprint, target_fingerprint, data_fingerprint, revision;
    StoredRun line;  // what the store has of it
    // What it was trained on where it was tested under other hardware, "ideal cells=pair"; and the
    // fingerprint of what it had learnt.
    std::string trained_on, trained_state;
    bool held_out = false;  // errors are those of held-out training images
    double cores = missing, threads = missing;
    double train_images = missing, test_images = missing;
    double test_error = missing, train_error = missing, test_loss = missing, train_loss = missing;
    double pulses = missing, copies = missing, refreshes = missing;  // per synapse
    double seconds = missing;                                        // wall time
    std::vector<LayerState> layers;
    std::vector<EpochState> history;
    std::vector<std::vector<double>> confusion;  // rows are labels; square
    std::vector<std::string> class_names;        // by label; empty where nothing names them
    FilterLevels filters;
    std::vector<CostState> cost;  // empty where it was not recorded

    const std::string& task() const { return settings.task; }
    bool real() const { return settings.data == "real"; }
    std::string arithmetic() const;
};

struct Results {
    // Each once: of equal settings, files and seed the one that records most, of those the last.
    std::vector<Result> runs;
    std::vector<std::string> notices;  // what was left out, and where
};

// .jsonl files, and all of folders in the order of their names; a file that is named twice counts
// once. A damaged line, or a record with settings that this program does not know, is left out with
// a notice; runs that stand in several lines are counted in one. Throws Error where a file cannot
// be read, there is no run at all, or two lines tell different results of one run.
Results read_results(const std::vector<std::string>& stores);

// The built-in task of that name; for another one, a task that sets nothing: no file that a record
// names is read. Each is read once.
const Task& task_of(const RunSettings& settings);

// The fingerprint of a built-in target with the run's changes, as records have it; empty for
// another one. Each is read once.
std::string target_digits(const RunSettings& settings);

// Leaves each run once, as made for what its first record was made for.
void drop_repeated(Results& results);

// Runs that differ in the seed alone.
struct Group {
    std::vector<const Result*> runs;  // by seed
    // RunSettings that differ from the task's own for the column: "--epochs 20"; before them
    // "(files 0123)" where another group differs in nothing but what its files hold.
    std::string settings;
    // The same one by one, and the changes of its target as settings "device.KEY".
    Values departures;

    const Result& first() const { return *runs.front(); }
    const std::string& task() const { return first().task(); }
    const std::string& column() const { return first().column; }
    // Mean and sample deviation over seeds of a number of each run; those without it do not count.
    struct Spread {
        double mean = missing, deviation = 0;
        std::size_t count = 0;
    };
    Spread spread(double Result::*number) const;
};

// By task, data, column, settings and what files held.
std::vector<Group> groups_of(const Results& results);

// "0.68 ± 0.04 (3 seeds)"; "-" for none.
std::string text_of(const Group::Spread& spread, int decimals);

}  // namespace crossbar::sim
