// A network's arrays for NumPy: --export FILE.npz and, with all that training changes, --dump-state
// FILE.npz. The names are those of docs/export.md.
#pragma once

#include "export/npz.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

// The network's arrays, or with all that training changes: devices, converters, counts, progress.
enum class Exported { network, state };

// The .npz file, piece by piece. Throws Error.
void write_export(const Run& experiment, Exported what, Packing packing, const PutBytes& put);

// The images that the run is tested on, as a .npz file likewise: `pixels`, uint8, images x height x
// width x channels; `labels`, uint16; `class_names` where classes have names. Throws Error.
void write_test_images(const Run& experiment, const PutBytes& put);

}  // namespace crossbar::sim
