// One run of the program: its settings made into a task, data, a plan and a network; training,
// saving and testing. It prints nothing: notices are handed over with the experiment.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "command_line.hpp"
#include "crossbar/checkpoint.hpp"
#include "crossbar/evaluate.hpp"
#include "crossbar/float_baseline.hpp"
#include "crossbar/network.hpp"
#include "crossbar/parallel.hpp"
#include "crossbar/plan.hpp"
#include "crossbar/run.hpp"
#include "crossbar/target.hpp"
#include "crossbar/task.hpp"
#include "crossbar/written.hpp"

namespace crossbar::sim {

using AnyNetwork = std::variant<Network, FloatNetwork>;

struct Experiment {
    Options options;
    Task task;
    Target target;
    TaskData data;
    std::string images;  // fingerprint of the training images and labels
    Plan plan{};
    const Kernels* kernels = nullptr;
    std::unique_ptr<Threads> threads;
    AnyNetwork network;
    Progress progress;
    std::vector<std::string> notices;  // what the person should know before it starts

    Compute compute() const { return {*kernels, *threads}; }
    bool evaluating() const { return !options.evaluate.empty(); }
};

// A new run, a resumed one, or the test of a checkpoint. Throws Error.
Experiment prepare(const CommandLine& line);

// The checkpoint of where the experiment stands, piece by piece.
void write_checkpoint(const Experiment& experiment, const PutPiece& put);

RunEnd train(Experiment& experiment, const Watch& watch);

// The gradients of --diagnose, of the network as it is.
std::vector<LayerDiagnosis> diagnosis_of(const Experiment& experiment);

// Tests the network on the data that the run reports on.
Evaluation assess(const Experiment& experiment);

// Whether the test went by running statistics of normalisation that follow too few batches: they
// lag behind weights that still move fast. And what to do.
bool few_statistics(const Experiment& experiment);
std::string few_statistics_notice(const Experiment& experiment);

// The same of the network written into the target's [inference] devices, so long after.
struct Reading {
    double seconds;
    Evaluation evaluation;
    WriteCounts writing;  // of all layers, the same at every moment
};
// At each moment that the target asks for; none where it has no [inference].
std::vector<Reading> assess_written(const Experiment& experiment);

struct LayerReport {
    std::string text;
    std::uint64_t synapses = 0;
    std::uint64_t pulses = 0;     // 0 for floats, which count none by layer
    std::uint64_t saturated = 0;  // synapses at a bound
    Concordance concordance = {};
    std::uint64_t copies = 0;     // of signs to feedback synapses; 0 for floats
    std::uint64_t refreshes = 0;  // of one-sided pairs; 0 for all else
};
std::vector<LayerReport> layer_reports(const Experiment& experiment);

// The first layer: its levels, or float weights as 8-bit levels of the largest.
struct Filters {
    int height = 0, width = 0, channels = 0;
    std::vector<std::vector<int>> levels;  // one list a filter: height x width x channels

    std::size_t synapses() const {
        return levels.empty() ? 0 : levels.size() * levels.front().size();
    }
};
Filters first_filters(const Experiment& experiment);

std::uint64_t pulses_of(const Experiment& experiment);
std::uint64_t signature_of(const Experiment& experiment);
std::string isa_of(const Experiment& experiment);

}  // namespace crossbar::sim
