// What an epoch came to, as named numbers: what --epoch-csv and --tensorboard write while a run
// trains.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "session/run.hpp"

namespace crossbar::sim {

struct EpochFigure {
    std::string column;  // "train_error_percent", as in a record's history
    std::string tag;     // "error_percent/train": TensorBoard groups by what is before the '/'
    std::optional<double> value;
};

// Of the epoch of that record: seconds of training, rate (none where votes are counted), error and
// loss, pulses per synapse, percent of synapses at a bound, and degrees of each layer where
// `diagnose` asks for them. Always as many figures, in one order; those that are not known have no
// value. `layers` are reports of the run's layers; synapses at a bound are counted in them, if
// they are of the network `as_it_ended`, after that epoch.
std::vector<EpochFigure> epoch_figures(const Run& run, const EpochRecord& record,
                                       std::span<const LayerReport> layers, bool as_it_ended,
                                       bool diagnose);

}  // namespace crossbar::sim
