// What the benchmarks share: the networks, data in memory, and a training set-up. Speed does not
// depend on what the pixels show, so they are random and nothing is read from a file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/parallel.hpp"
#include "data/dataset.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"

namespace crossbar::bench {

struct NetworkCase {
    const char* name;
    Shape input;
    int classes;
    const char* text;
};

// MNIST's and CIFAR-10's networks, the one of the 119x119 tasks, and residual networks.
const std::vector<NetworkCase>& network_cases();

// Those, and the other networks of the tasks: whose layers have other shapes.
const std::vector<NetworkCase>& layer_cases();

// `images` images of random pixels and labels.
Dataset random_images(const NetworkCase& task, std::size_t images);

// The setting whose speed is promised: frsf, batch normalisation, bm1, 8 bits, batch 100.
Settings usual_settings();

// A network and all that train_step takes. Kernels: the best of this machine, or those given.
struct Workbench {
    Plan plan;
    const Kernels& kernels;
    Threads threads;
    Compute compute;
    Network network;
    Dataset data;
    Workspace work;
    std::vector<std::uint32_t> batch;  // indices of the images of one batch
    std::uint64_t step = 0;

    Workbench(const NetworkCase& task, const Settings& settings, int thread_count,
              const Kernels& kernels = best_kernels());
    Workbench(const Workbench&) = delete;
    Workbench& operator=(const Workbench&) = delete;

    // One whole training step by the library's own train_step, on the next batch.
    void train();
    // Moves `batch` on to the next images.
    void next_batch();
};

}  // namespace crossbar::bench
