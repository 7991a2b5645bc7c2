// The room that a batch of the float control needs, as network/buffers.hpp for the integer network:
// the walk that makes it also tells how much it is.
#pragma once

#include <cstddef>

#include "float/float_network.hpp"

namespace crossbar {

// In bytes.
struct FloatBufferBytes {
    std::size_t gradient = 0;  // sums per synapse
    std::size_t batch = 0;     // activations, deltas and sums of a batch
    std::size_t scratch = 0;   // of all threads
};

// For batches of `batch` images in training, and `seen` of them or more in a test.
FloatBufferBytes float_buffer_bytes(const FloatNetwork& network, std::size_t batch,
                                    std::size_t seen, int threads);

// Makes room for training on `batch` images.
void make_float_room(const FloatNetwork& network, std::size_t batch, FloatWorkspace& work);

}  // namespace crossbar
