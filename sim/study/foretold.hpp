// What a run will take, told from its settings alone: operations, by which runs are dealt out to
// shards, and memory.
#pragma once

#include <cstddef>

#include "data/task.hpp"
#include "session/images.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {

// Images that the run trains on and is tested on, of those that there are.
struct ImageNumbers {
    std::size_t train = 0, test = 0;
};
ImageNumbers images_of(const RunSettings& settings, const DataIdentity& data);

// Multiply-accumulates, and what else takes as long as one: the same number on every machine. Not
// 0.
double operations_of(const RunSettings& settings, const Task& task, const Hardware& hardware,
                     const ImageNumbers& images);

}  // namespace crossbar::sim
