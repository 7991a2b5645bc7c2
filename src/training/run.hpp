// A training run from start to end: epochs of batches, tests, history. It prints nothing: the
// program watches through `Callbacks`.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "network/network.hpp"
#include "network/plan.hpp"
#include "training/evaluate.hpp"

namespace crossbar {

// What errors through the feedback synapses make of a layer's gradient (diagnose.hpp).
struct LayerDiagnosis {
    double angle = -1;           // degrees from the true gradient; below 0 where there is none
    Concordance gradient_signs;  // synapses whose two gradients have one sign, where neither is 0
    Concordance synapse_signs;   // those of V and W
};

struct EpochRecord {
    int epoch = 0;  // from 1
    Metrics train;  // while learning
    Metrics test;
    double seconds = 0;                  // of training alone
    std::uint64_t pulses = 0;            // sent in this epoch, all layers
    std::vector<LayerDiagnosis> layers;  // empty unless asked for
};

// Where a run stands; with the network, all that a restart needs.
struct Progress {
    int epoch = 0;             // finished epochs
    std::uint64_t image = 0;   // images done of the epoch under way
    std::uint64_t step = 0;    // batches so far
    Metrics train;             // of the epoch under way
    double seconds = 0;        // of training in the epoch under way
    std::uint64_t pulses = 0;  // sent before the epoch under way
    std::vector<EpochRecord> history;
};

struct Callbacks {
    std::function<void(const Progress&)> batch;  // after every batch
    std::function<void(const Progress&)> epoch;  // after every epoch, its record is in history
    std::function<bool()> stop;                  // asked after every batch
};

enum class RunEnd { finished, stopped };

// What is trained: the integer network or the float baseline, behind three verbs.
struct Trainee {
    // One batch: images of `data.train`, in epoch (from 0) and step (from 1).
    std::function<Metrics(int epoch, std::uint64_t step, std::span<const std::uint32_t> images)>
        learn;
    std::function<Metrics()> test;          // on all of data.test
    std::function<std::uint64_t()> pulses;  // sent so far
};

// The loop over epochs and batches that every trainee goes through.
RunEnd run_epochs(const Trainee& trainee, const Plan& plan, std::size_t train_images,
                  Progress& progress, const Callbacks& callbacks);

// Goes on from `progress` until plan.epochs are done or `stop` says so. `data.test` is evaluated
// after every epoch.
RunEnd run(Network& network, const Plan& plan, const TaskData& data, Progress& progress,
           const Callbacks& callbacks, const Compute& compute);

}  // namespace crossbar
