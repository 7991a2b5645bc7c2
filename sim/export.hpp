// A network's arrays for NumPy: --export FILE.npz and, with all that training changes, --dump-state
// FILE.npz. The names are those of docs/export.md.
#pragma once

#include <string>

#include "experiment.hpp"

namespace crossbar::sim {

// The bytes of the .npz file. Throws Error.
std::string export_of(const Experiment& experiment);

// The same arrays and more: devices, converters, counts, progress.
std::string state_of(const Experiment& experiment);

}  // namespace crossbar::sim
