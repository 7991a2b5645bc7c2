// What a float run takes, known before its first batch, from the sizes of its layers alone.
#include <algorithm>

#include "analysis/memory.hpp"
#include "float/float_layer.hpp"

namespace crossbar {
namespace {

// Of `count` images in training; `seen` in training or a test.
std::size_t batch_floats(const FloatNetwork& net, std::size_t count, std::size_t seen) {
    std::size_t floats = seen * net.input.size();
    for (const Stage& stage : net.stages)
        floats += seen * stage.out.size() * static_cast<std::size_t>(traits_of(stage.kind).kept);
    for (const std::size_t size : plan_backward(net.stages).buffers)
        floats += count * size;
    for (const FloatLayer& layer : net.layers)
        floats += (seen + count) * layer.item();
    return floats;
}

// The patches of every thread, the gradient of each piece of a batch, and sums per channel.
std::size_t scratch_bytes(const FloatNetwork& net, std::size_t count, int threads) {
    std::size_t patches = 0, partial = 0, channels = 0;
    const std::size_t piece = float_piece(count);
    for (const FloatLayer& layer : net.layers) {
        channels = std::max(channels, static_cast<std::size_t>(layer.outputs));
        if (layer.dense()) continue;
        patches = std::max(patches, std::min(float_block(layer), piece) * layer.positions() *
                                        static_cast<std::size_t>(layer.inputs));
        if (layer.learns) partial += (count + piece - 1) / piece * layer.size();
    }
    return (static_cast<std::size_t>(threads) * patches + partial) * sizeof(float) +
           most_float_pieces * 2 * channels * sizeof(double);
}

}  // namespace

MemoryUse memory_of(const FloatNetwork& net, std::size_t batch, std::size_t test_images,
                    int threads) {
    const std::size_t seen = std::max(batch, std::min(evaluation_batch, test_images));
    MemoryUse use;
    for (const FloatLayer& layer : net.layers) {
        use.synapses += state_bytes(layer);
        if (layer.learns) use.gradient += layer.size() * sizeof(float);
    }
    use.batch = batch_floats(net, batch, seen) * sizeof(float);
    use.scratch = scratch_bytes(net, batch, threads);
    return use;
}

}  // namespace crossbar
