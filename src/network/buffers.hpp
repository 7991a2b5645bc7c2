// The room that a batch needs on its way, known before the first one: the same walk over the
// buffers of a workspace makes that room, and tells how much it is. What is not in it is a few
// numbers per output, which grow where they are used.
#pragma once

#include <cstddef>

#include "network/network.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// In bytes.
struct BufferBytes {
    std::size_t gradient = 0;  // sums per synapse; the slack behind them is of the batch
    std::size_t packed = 0;    // arrays rearranged for the products
    std::size_t batch = 0;     // activations, deltas and sums of a batch
    std::size_t scratch = 0;   // of all threads
};

// For batches of `batch` images in training, and `seen` of them or more in a test.
BufferBytes buffer_bytes(const Network& network, std::size_t batch, std::size_t seen, int threads,
                         const Kernels& kernels);

// Makes room for training on `batch` images, in the scratch of every thread alike: who takes which
// piece must not show in what later steps allocate, which is nothing.
void make_room(const Network& network, std::size_t batch, Workspace& work, const Kernels& kernels);

}  // namespace crossbar
