// How much memory a run takes, known before its first batch: what training changes, what a batch
// passes through, and what the threads work with, from the sizes of the layers alone.
#pragma once

#include <cstddef>

#include "float/float_network.hpp"
#include "network/network.hpp"

namespace crossbar {

// In bytes.
struct MemoryUse {
    std::size_t synapses = 0;  // levels, feedback levels and masks, traces: what a restart needs
    std::size_t gradient = 0;  // sums per synapse
    std::size_t packed = 0;    // arrays rearranged for the products
    std::size_t batch = 0;     // activations, errors and sums of a batch
    std::size_t scratch = 0;   // of all threads

    // What training holds for each synapse.
    std::size_t training() const { return synapses + gradient; }
    std::size_t total() const { return training() + packed + batch + scratch; }
};

// Of a network that trains on batches of `batch` images and is tested on `test_images`.
MemoryUse memory_of(const Network& network, std::size_t batch, std::size_t test_images, int threads,
                    const Kernels& kernels);
MemoryUse memory_of(const FloatNetwork& network, std::size_t batch, std::size_t test_images,
                    int threads);

}  // namespace crossbar
