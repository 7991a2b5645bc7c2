// A run from its settings to a trained network, as every front end uses it: task, data, plan and
// network; training, saving and testing. It prints nothing: notices are handed over with the run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
#include "session/images.hpp"
#include "session/resolve.hpp"
#include "training/checkpoint.hpp"
#include "training/evaluate.hpp"
#include "training/run.hpp"
#include "weights/carry.hpp"
#include "weights/named_tensors.hpp"

namespace crossbar {

// What became of weights that another tool trained.
struct StartingWeights {
    std::vector<CarriedLayer> layers;
    double gain = 0;    // the read-out gain with which logits are the file's; 0: not told
    Metrics reference;  // the test of the same network with 16 bits per synapse on ideal arrays
};

using AnyNetwork = std::variant<Network, FloatNetwork>;

// What a network that is tested under other hardware was trained on, and where it comes from.
struct Trained {
    RunSettings settings;
    std::string checkpoint;
    Given given;              // of the call that tests it
    std::uint64_t state = 0;  // fingerprint of all that it has learnt
};

struct Run {
    RunSettings settings;
    Task task;
    Target target;
    TaskData data;
    std::string images;  // fingerprint of the training images and labels
    Plan plan{};
    const Kernels* kernels = nullptr;
    std::unique_ptr<Threads> threads;
    AnyNetwork network;
    Progress progress;
    std::uint64_t first_step = 0;            // batches that earlier calls of the program trained
    bool evaluating = false;                 // a checkpoint is tested, and nothing trained
    std::optional<Trained> trained_on = {};  // where the hardware of its training was another
    std::vector<std::string> notices;        // what the person should know before it starts
    Processes* processes = nullptr;          // those that train it together; null where one does

    // Where it began with them; none where this program's own arrays are taken as they are.
    std::optional<StartingWeights> weights = {};

    Compute compute() const { return {*kernels, *threads, processes}; }
};

// Images that are the caller's, and the task that they make.
struct OwnImages {
    Task task;
    TaskData data;
    bool tests_only = false;  // there are no training images
};

// What is to be run, before anything large is read or made.
struct RunRequest {
    Given given;
    RunSettings settings;
    std::optional<Checkpoint> checkpoint;  // to go on from, or to test
    bool evaluating = false;
    std::optional<OwnImages> own = {};  // in place of a task by name
    std::string trained_on;             // the checkpoint's task
    RunSettings stored = {};            // and all of its settings
    // Of settings.weights, where that is no checkpoint.
    std::optional<NamedTensors> tensors = {};
};

// A new run; a run that goes on from a checkpoint; the test of one. Throw Error.
RunRequest new_run(const Given& given);
RunRequest new_run(const Given& given, OwnImages own);
RunRequest resumed_run(const Given& given, const std::string& checkpoint);
RunRequest evaluation(const Given& given, const std::string& checkpoint);

// Throws Error. All `processes` prepare the same run: AgreedError where they do not.
Run prepare(RunRequest request, const DataPlaces& places = {}, Processes* processes = nullptr);

// The checkpoint of where the run stands, piece by piece.
void write_checkpoint(const Run& run, const PutPiece& put);

// With `diagnose`, the record of every epoch has a diagnosis.
RunEnd train(Run& run, const Callbacks& callbacks, bool diagnose = false);

// Gradients of the network as it is, beside the true ones.
std::vector<LayerDiagnosis> diagnosis_of(const Run& run);

// Tests the network on the data that the run reports on.
Evaluation assess(const Run& run, bool keep_logits = false);
Evaluation assess(const Run& run, const Dataset& images, bool keep_logits = false);

// Whether the test went by running statistics of normalisation that follow too few batches: they
// lag behind weights that still move fast. And what to do.
bool few_statistics(const Run& run);
std::string few_statistics_notice(const Run& run);

// The same of the network written into the target's [inference] devices, so long after.
struct Reading {
    double seconds;
    Evaluation evaluation;
    WriteCounts writing;  // of all layers, the same at every moment
};
// At each moment that the target asks for; none where it has no [inference].
std::vector<Reading> assess_deployed(const Run& run, bool keep_logits = false);

struct LayerReport {
    std::string text;
    std::uint64_t synapses = 0;
    std::uint64_t pulses = 0;     // 0 for floats, which count none by layer
    std::uint64_t saturated = 0;  // synapses at a bound
    Concordance concordance = {};
    std::uint64_t copies = 0;     // of signs to feedback synapses; 0 for floats
    std::uint64_t refreshes = 0;  // of one-sided pairs; 0 for all else
    int weight_bits = 0;          // 0 for floats
    std::string target = {};      // by name
};
std::vector<LayerReport> layer_reports(const Run& run);

// The first layer: its levels, or float weights as 8-bit levels of the largest.
struct Filters {
    int height = 0, width = 0, channels = 0;
    std::vector<std::vector<int>> levels;  // one list a filter: height x width x channels

    std::size_t synapses() const {
        return levels.empty() ? 0 : levels.size() * levels.front().size();
    }
};
Filters first_filters(const Run& run);

std::uint64_t pulses_of(const Run& run);
std::uint64_t signature_of(const Run& run);
std::string isa_of(const Run& run);

}  // namespace crossbar
