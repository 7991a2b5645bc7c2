// One run of the program: its settings made into a task, data, a plan and a network; training,
// saving and testing. It prints nothing: notices are handed over with the experiment.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "analysis/deploy.hpp"
#include "array/target.hpp"
#include "base/parallel.hpp"
#include "data/task.hpp"
#include "float/float_network.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "run/command_line.hpp"
#include "training/checkpoint.hpp"
#include "training/evaluate.hpp"
#include "training/run.hpp"

namespace crossbar::sim {

using AnyNetwork = std::variant<Network, FloatNetwork>;

struct Run {
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
Run prepare(const CommandLine& line);

// The checkpoint of where the experiment stands, piece by piece.
void write_checkpoint(const Run& experiment, const PutPiece& put);

RunEnd train(Run& experiment, const Callbacks& callbacks);

// The gradients of --diagnose, of the network as it is.
std::vector<LayerDiagnosis> diagnosis_of(const Run& experiment);

// Tests the network on the data that the run reports on.
Evaluation assess(const Run& experiment);

// Whether the test went by running statistics of normalisation that follow too few batches: they
// lag behind weights that still move fast. And what to do.
bool few_statistics(const Run& experiment);
std::string few_statistics_notice(const Run& experiment);

// The same of the network written into the target's [inference] devices, so long after.
struct Reading {
    double seconds;
    Evaluation evaluation;
    WriteCounts writing;  // of all layers, the same at every moment
};
// At each moment that the target asks for; none where it has no [inference].
std::vector<Reading> assess_deployed(const Run& experiment);

struct LayerReport {
    std::string text;
    std::uint64_t synapses = 0;
    std::uint64_t pulses = 0;     // 0 for floats, which count none by layer
    std::uint64_t saturated = 0;  // synapses at a bound
    Concordance concordance = {};
    std::uint64_t copies = 0;     // of signs to feedback synapses; 0 for floats
    std::uint64_t refreshes = 0;  // of one-sided pairs; 0 for all else
};
std::vector<LayerReport> layer_reports(const Run& experiment);

// The first layer: its levels, or float weights as 8-bit levels of the largest.
struct Filters {
    int height = 0, width = 0, channels = 0;
    std::vector<std::vector<int>> levels;  // one list a filter: height x width x channels

    std::size_t synapses() const {
        return levels.empty() ? 0 : levels.size() * levels.front().size();
    }
};
Filters first_filters(const Run& experiment);

std::uint64_t pulses_of(const Run& experiment);
std::uint64_t signature_of(const Run& experiment);
std::string isa_of(const Run& experiment);

}  // namespace crossbar::sim
