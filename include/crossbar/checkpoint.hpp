// What a saved session says of itself, without its data. Session::save and Session::load have the
// format of the program's --save and --resume.
//
//     const crossbar::CheckpointSummary saved = crossbar::read_checkpoint("run.ckpt");
//     std::cout << saved.epochs << " epochs, " << saved.steps << " batches\n";
//     for (const auto& [name, value] : saved.settings) std::cout << name << " = " << value << '\n';
#pragma once

#include <cstdint>
#include <string>

#include "crossbar/export.hpp"
#include "crossbar/settings.hpp"

namespace crossbar {

struct CheckpointSummary {
    Values settings;                 // all that training depends on
    int epochs = 0;                  // finished
    std::uint64_t steps = 0;         // batches so far
    double test_error_percent = -1;  // after the last finished epoch; below 0 before the first
};

// Throws Error where the file is missing, damaged, or of something else.
CROSSBAR_API CheckpointSummary read_checkpoint(const std::string& path);

}  // namespace crossbar
