// The folder of C99 sources of a run's network: crossbar_sim export CKPT --c DIR.
#pragma once

#include <optional>
#include <string>

#include "session/run.hpp"

namespace crossbar::sim {

// Of sources that learn as well: how many batches, and behind them test images, are written with
// what the program makes of them.
struct LearnCounts {
    std::size_t batches, tests;
};

// With the logits of the first `vectors` test images, or all where there are fewer. Files of an
// earlier export are replaced one by one; a person's own of such a name are an Error. Throws Error,
// before anything is written where the network is what C sources cannot read.
void write_c_folder(const Run& run, const std::string& folder, const std::string& name,
                    std::size_t vectors, const std::optional<LearnCounts>& learning);

}  // namespace crossbar::sim
