// A network that learns on the chip, as blocks of the C runtime (runtime/cb_learn.h): a layer with
// what follows until the next one. Where each thing lies in the state and in the arena, in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chip/chip_plan.hpp"
#include "network/network.hpp"

namespace crossbar::sim {

struct LearnPool {
    std::size_t stage;
    Window window;
    bool average = false, rectified = false;
    std::size_t out = 0, which = 0, below = 0;  // in the scratch

    // Deltas below it are sums, and narrowed.
    bool sums() const {
        return average || window.stride < window.kernel_height ||
               window.stride < window.kernel_width;
    }
};

// Offsets in the block's scratch; what is not needed is 0.
struct LearnScratch {
    std::size_t rows = 0, windows = 0, x = 0, sum_delta = 0, wide = 0, input_sum = 0, residual = 0,
                slopes = 0, gradient = 0;
    std::size_t forward = 0, back = 0;  // bytes of either pass
};

struct LearnBlock {
    const Layer* layer;
    bool dense, rectified = false;
    std::vector<LearnPool> pools = {};
    std::size_t in_size = 0, out_size = 0;  // of an image
    std::size_t group = 0;                  // rows whose gradient is summed at a time
    LearnScratch scratch = {};
    // In the state.
    std::size_t levels = 0, traces = 0, running = 0, counts = 0;
    // In the arena.
    std::size_t in = 0, out = 0, delta = 0, delta_below = 0, constants = 0, scratch_forward = 0,
                scratch_back = 0;
};

struct LearnPlan {
    std::vector<LearnBlock> blocks;
    std::size_t state = 0, traces_at = 0;  // bytes, and where the traces of all blocks begin
    std::size_t arena = 0;
};

// Bytes of `count` traces or counters of this plan.
std::size_t trace_bytes(const Plan& plan, std::size_t count);

// For batches of plan.batch images. Throws Error, naming stage or setting, for what the runtime
// does not learn.
LearnPlan plan_learning(const Network& network, const Plan& plan);

}  // namespace crossbar::sim
