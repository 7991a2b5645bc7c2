#include "analysis/memory.hpp"

#include <algorithm>

#include "network/layer.hpp"
#include "network/state.hpp"

namespace crossbar {
namespace {

// Synapses of an update's piece, errors of one that is narrowed: their signs and random halves; and
// what devices take beside.
constexpr std::size_t piece_size = 8192;
constexpr std::size_t piece_bytes = piece_size * (sizeof(std::int8_t) + sizeof(std::uint16_t));
constexpr std::size_t device_bytes = piece_size * (3 + sizeof(std::uint16_t));

// Of the draws of converters as well, which training does not change.
std::size_t synapse_bytes(const Layer& layer) {
    return state_bytes(layer) +
           (layer.tiles.adcs.size() + layer.feedback_tiles.adcs.size()) * sizeof(std::uint16_t);
}

// The sizes of a layer that the buffers of its pass are made of.
struct Sizes {
    std::size_t rows, depth, positions;
    explicit Sizes(const Layer& layer)
        : rows(static_cast<std::size_t>(layer.forward.rows)),
          depth(static_cast<std::size_t>(layer.forward.depth)),
          positions(layer.positions()) {}
    std::size_t synapses() const { return rows * depth; }
    std::size_t sums() const { return positions * rows; }  // an image
};

std::size_t channels(const Layer& layer) {
    return static_cast<std::size_t>(layer.window.channels);
}
std::size_t pixels(const Layer& layer) {
    return static_cast<std::size_t>(layer.window.in_height) *
           static_cast<std::size_t>(layer.window.in_width);
}

// Through tiles also the parameters of their ADCs.
std::size_t packed_bytes(const TiledArray& array, int columns, int depth, Unsigned which,
                         const Kernels& k) {
    if (!array) return k.packed_bytes(columns, depth, which);
    const std::size_t digits = array.tiles->slices == 1 ? 0
                                                        : static_cast<std::size_t>(columns) *
                                                              static_cast<std::size_t>(depth);
    return tiled_bytes(*array.tiles, columns, depth, which, k) + digits +
           2 * array.adcs.size() * sizeof(std::int32_t);
}

// What reading `m` rows of `depth` inputs through tiles takes.
std::size_t reading_bytes(const TiledArray& array, std::size_t m, std::size_t columns,
                          std::size_t depth) {
    if (!array) return 0;
    const Tiles& t = *array.tiles;
    const std::size_t sums = m * columns * sizeof(std::int32_t);
    return sums + (t.lossy ? sums + columns * sizeof(std::int32_t) : 0) +
           (t.noise > 0 ? sums / 2 : 0) + (t.passes_dac() ? m * depth : 0) +
           (t.serial ? m * depth : 0);
}

// The plane, or the two digits of wide synapses with the digits themselves.
std::size_t packed_bytes(const Layer& layer, const Kernels& k) {
    const Sizes s(layer);
    const Unsigned which = layer.unsigned_input ? Unsigned::left : Unsigned::neither;
    std::size_t bytes =
        packed_bytes(layer.tiles, layer.forward.rows, layer.forward.depth, which, k);
    if (layer.forward.wide()) bytes = 2 * (bytes + s.synapses());
    if (!layer.passes_delta) return bytes;
    if (effective_plane(layer.feedback, layer.forward) == nullptr) bytes += s.synapses();
    if (gathers_deltas(layer)) {
        const int channels = layer.window.channels;
        const int depth = static_cast<int>(s.synapses() / static_cast<std::size_t>(channels));
        return bytes + s.synapses() + k.packed_bytes(channels, depth, Unsigned::neither);
    }
    const std::size_t back = packed_bytes(layer.feedback_tiles, layer.forward.depth,
                                          layer.forward.rows, Unsigned::neither, k);
    return bytes + back + (wide_feedback(layer) ? back + s.synapses() : 0);
}

// Of `count` images in training; `seen` in training or a test, which needs no errors.
std::size_t batch_bytes(const Network& net, std::size_t count, std::size_t seen) {
    std::size_t bytes = seen * net.input.size(), widest = 0;
    for (const Stage& stage : net.stages) {
        widest = std::max(widest, stage.out.size());
        bytes += seen * stage.out.size() * static_cast<std::size_t>(traits_of(stage.kind).kept);
    }
    for (const std::size_t size : plan_backward(net.stages).buffers)
        bytes += count * size;
    for (const Layer& layer : net.layers) {
        const std::size_t sums = Sizes(layer).sums();
        bytes += seen * sums * sizeof(std::int32_t) + count * sums;
        if (layer.norm.mode == BatchNormMode::affine) bytes += seen * sums;
        if (layer.dense()) bytes += Sizes(layer).depth * sizeof(std::int32_t);  // sums of inputs
    }
    return bytes + count * widest * sizeof(std::int32_t);
}

// The most that any layer asks of one thread.
std::size_t scratch_bytes(const Network& net, std::size_t count, std::size_t seen,
                          const Kernels& k) {
    std::size_t patches = 0, transposed = 0, packed = 0, sums = 0, high = 0, gradient = 0;
    std::size_t reading = 0;
    for (const Layer& layer : net.layers) {
        const Sizes s(layer);
        const bool dense = layer.dense(), below = layer.passes_delta;
        // Positions that one gradient product sums, and rows of one product of sums or errors.
        const std::size_t summed =
            dense ? count : std::min(images_together(layer), count) * s.positions;
        const std::size_t piece = std::min(images_a_piece(layer), seen) * s.positions;
        transposed = std::max(transposed, (s.rows + 1) * summed);
        packed = std::max(
            packed, k.packed_bytes(layer.forward.depth, static_cast<int>(summed),
                                   layer.unsigned_input ? Unsigned::packed : Unsigned::neither));
        if (!dense) {
            patches = std::max(patches, summed * s.depth);
            gradient = std::max(gradient, (s.rows + 1) * s.depth);
        }
        if (below && gathers_deltas(layer))
            patches = std::max(patches, pixels(layer) * s.synapses() / channels(layer));
        else if (below)
            sums = std::max(sums, piece * s.depth);
        reading = std::max(reading, reading_bytes(layer.tiles, piece, s.rows, s.depth));
        if (below)
            reading =
                std::max(reading, reading_bytes(layer.feedback_tiles, piece, s.depth, s.rows));
        if (layer.forward.wide()) high = std::max(high, piece * s.rows);
        if (below && wide_feedback(layer)) high = std::max(high, piece * s.depth);
    }
    const bool devices = net.layers.front().forward.devices.device != nullptr;
    return piece_bytes + (devices ? device_bytes : 0) + patches + transposed + packed + reading +
           (sums + high + gradient) * sizeof(std::int32_t);
}

}  // namespace

MemoryUse memory_of(const Network& net, std::size_t batch, std::size_t test_images, int threads,
                    const Kernels& kernels) {
    const std::size_t seen = std::max(batch, std::min(evaluation_batch, test_images));
    MemoryUse use;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        use.synapses += synapse_bytes(net.layers[i]);
        use.gradient += Sizes(net.layers[i]).synapses() * sizeof(std::int32_t);
        use.packed += packed_bytes(net.layers[i], kernels);
    }
    use.batch = batch_bytes(net, batch, seen);
    use.scratch = static_cast<std::size_t>(threads) * scratch_bytes(net, batch, seen, kernels);
    return use;
}

}  // namespace crossbar
