// What of the irregularity of measured trains is written by pulses, and stays, and what is read,
// and does not: a device does one step after the other around a curve's, and each reading misses
// it. Both by the likelihood of all readings, each foretold from those before it (a Kalman filter).
#pragma once

#include "device/curve_model.hpp"

namespace crossbar {

// Standard deviations in shares of the measured range; spread relative to a step.
struct PulseNoise {
    Estimate writing, reading, spread;
};

// `reading` is known or not; a spread is looked for where `cycles`. The model was fitted to whole
// trains by so many `numbers`.
PulseNoise noise_of(const Model& model, const Shares& shares, std::optional<double> reading,
                    bool cycles, std::size_t numbers);

}  // namespace crossbar
