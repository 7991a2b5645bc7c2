// Adds up state by the walk over it, and buffers by the walk that makes room for them.
#include "analysis/memory.hpp"

#include <algorithm>

#include "float/float_buffers.hpp"
#include "network/buffers.hpp"
#include "network/state.hpp"

namespace crossbar {

MemoryUse memory_of(const Network& net, std::size_t batch, std::size_t test_images, int threads,
                    const Kernels& kernels) {
    const std::size_t seen = std::max(batch, std::min(evaluation_batch, test_images));
    const BufferBytes b = buffer_bytes(net, batch, seen, threads, kernels);
    MemoryUse use{0, b.gradient, b.packed, b.batch, b.scratch};
    // Of the draws of converters as well, which training does not change.
    for (const Layer& layer : net.layers)
        use.synapses +=
            state_bytes(layer) +
            (layer.tiles.adcs.size() + layer.feedback_tiles.adcs.size()) * sizeof(std::uint16_t);
    return use;
}

MemoryUse memory_of(const FloatNetwork& net, std::size_t batch, std::size_t test_images,
                    int threads) {
    const std::size_t seen = std::max(batch, std::min(evaluation_batch, test_images));
    const FloatBufferBytes b = float_buffer_bytes(net, batch, seen, threads);
    MemoryUse use{0, b.gradient, 0, b.batch, b.scratch};
    for (const FloatLayer& layer : net.layers)
        use.synapses += state_bytes(layer);
    return use;
}

}  // namespace crossbar
