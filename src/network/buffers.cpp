// One walk over all buffers, which either makes room or counts bytes.
#include "network/buffers.hpp"

#include <algorithm>

#include "base/buffer_walk.hpp"
#include "network/layer.hpp"

namespace crossbar {
namespace {

// Synapses of a piece of an update, deltas of a piece that is narrowed.
constexpr std::size_t piece = 8192;

struct Sizes {
    std::size_t outputs, inputs, positions, synapses;
    explicit Sizes(const Crossbar& layer)
        : outputs(static_cast<std::size_t>(layer.forward.outputs)),
          inputs(static_cast<std::size_t>(layer.forward.inputs)),
          positions(layer.positions()),
          synapses(outputs * inputs) {}
};

// Of a plane with so many columns; depthwise kernels take theirs as it is.
std::size_t packed_size(const Layer& layer, int columns, int depth, Unsigned which,
                        const Kernels& k) {
    return layer.depthwise ? layer.forward.size() : k.packed_bytes(columns, depth, which);
}

// An array for the products with so many columns: its plane, or its tiles and what their ADCs do.
void packed_array(const Layer& layer, const TiledArray& array, int columns, int depth,
                  Unsigned which, PackedSlices& to, TileWorkspace& tiles, const Kernels& k,
                  auto& room) {
    if (!array) return room(to.low, packed_size(layer, columns, depth, which, k));
    room(to.low, tiled_bytes(*array.tiles, columns, depth, which, k));
    if (array.tiles->slices > 1)
        room(to.turned, static_cast<std::size_t>(columns) * static_cast<std::size_t>(depth));
    room(tiles.scale, array.adcs.size());
    room(tiles.offset, array.adcs.size());
}

void packed_buffers(const Layer& layer, LayerWorkspace& lp, const Kernels& k, auto& room) {
    const int rows = layer.forward.outputs, depth = layer.forward.inputs;
    const std::size_t synapses = layer.forward.size();
    const Unsigned which = layer.unsigned_input ? Unsigned::left : Unsigned::neither;
    packed_array(layer, layer.tiles, rows, depth, which, lp.forward, lp.forward_tiles, k, room);
    if (layer.forward.wide()) {
        room(lp.forward.high, packed_size(layer, rows, depth, which, k));
        room(lp.forward.slices.low, synapses);
        room(lp.forward.slices.high, synapses);
    }
    if (!layer.passes_delta) return;
    PackedSlices& back = lp.feedback;
    if (effective_plane(layer.feedback, layer.forward) == nullptr) room(back.slices.low, synapses);
    if (gathers_deltas(layer)) {
        const int channels = layer.window.channels;
        room(back.turned, synapses);
        return room(back.low, k.packed_bytes(channels, rows * depth / channels, Unsigned::neither));
    }
    packed_array(layer, layer.feedback_tiles, depth, rows, Unsigned::neither, back,
                 lp.feedback_tiles, k, room);
    if (!wide_feedback(layer)) return;
    room(back.high, packed_size(layer, depth, rows, Unsigned::neither, k));
    room(back.slices.high, synapses);
}

void gradient_buffers(const Layer& layer, LayerWorkspace& lp, auto& room) {
    const Sizes s(layer);
    if (layer.learns) room(lp.gradient, s.synapses + (layer.dense() ? s.inputs : 0));
}

void batch_buffers(const Network& net, std::size_t batch, std::size_t seen, Workspace& work,
                   auto& room) {
    std::size_t widest = 0;
    room(work.input.data, seen * net.input.size());
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& stage = net.stages[i];
        widest = std::max(widest, stage.out.size());
        room(work.stages[i].out.data, seen * stage.out.size());
        if (stage.kind == StageKind::max_pool) room(work.stages[i].which, seen * stage.out.size());
    }
    room(work.wide_delta, batch * widest);
    for (std::size_t b = 0; b < work.deltas.size(); ++b)
        room(work.deltas[b].data, batch * work.backward.buffers[b]);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const Sizes s(net.layers[i]);
        LayerWorkspace& lp = work.layers[i];
        room(lp.sums, seen * s.positions * s.outputs);
        room(lp.sum_delta.data, batch * s.positions * s.outputs);
        if (net.layers[i].norm.mode == BatchNormMode::affine)
            room(lp.normalised.data, seen * s.positions * s.outputs);
    }
}

// `m` rows of `depth` inputs, read through tiles.
void reading_buffers(const TiledArray& array, std::size_t m, std::size_t columns, std::size_t depth,
                     TileScratch& s, auto& room) {
    if (!array) return;
    const Tiles& t = *array.tiles;
    room(s.sums, m * columns);
    if (t.lossy) room(s.band, m * columns);
    if (t.lossy) room(s.gain, columns);
    if (t.noise > 0) room(s.halves, m * columns);
    if (t.passes_dac()) room(s.inputs, m * depth);
    if (t.serial) room(s.bits, m * depth);
}

// What windows_of takes.
void window_scratch(const Window& w, Scratch& s, auto& room) {
    if (is_run_by_run(w))
        room(s.frame.bytes, framed_bytes(w));
    else
        room(s.patches, patch_bytes(w));
}

void dense_gradient_scratch(const Layer& layer, std::size_t batch, Scratch& s, const Kernels& k,
                            auto& room) {
    const Unsigned which = layer.unsigned_input ? Unsigned::packed : Unsigned::neither;
    room(s.transposed, (Sizes(layer).outputs + 1) * batch);
    room(s.packed, k.packed_bytes(layer.forward.inputs, static_cast<int>(batch), which));
}

void convolution_gradient_scratch(const Layer& layer, std::size_t images, Scratch& s,
                                  const Kernels& k, auto& room) {
    const Sizes of(layer);
    const Window& w = layer.window;
    const Unsigned which = layer.unsigned_input ? Unsigned::left : Unsigned::neither;
    const std::size_t summed = images * of.positions;
    room(s.transposed, turns_maps(w) ? TurnedMaps(w, images).bytes() : summed * of.inputs);
    if (turns_maps(w))
        room(s.frame.bytes, framed_bytes(w));
    else
        room(s.patches, summed * of.inputs);
    room(s.packed, k.packed_bytes(layer.forward.outputs, static_cast<int>(summed), which));
    room(s.ones, summed);
    room(s.gradient, (of.inputs + 1) * of.outputs);
    room(s.input_sum, of.inputs);
}

void depthwise_scratch(const Layer& layer, Scratch& s, auto& room) {
    const Sizes of(layer);
    const Window& w = layer.window;
    if (layer.forward.wide()) room(s.high, of.positions * of.outputs);
    if (layer.learns) room(s.gradient, of.synapses + of.outputs);
    if (layer.learns) room(s.input_sum, of.synapses);
    room(s.sum_e, of.outputs);
    room(s.sum_ex, of.outputs);
    if (layer.passes_delta && wide_feedback(layer))
        room(s.high, Shape{w.in_height, w.in_width, w.channels}.size());
}

void layer_scratch(const Layer& layer, std::size_t batch, std::size_t seen, Scratch& s,
                   const Kernels& k, auto& room) {
    if (layer.depthwise) return depthwise_scratch(layer, s, room);
    const Sizes of(layer);
    const Window& w = layer.window;
    const std::size_t m = std::min(images_a_piece(layer), seen) * of.positions;
    if (!layer.dense() && layer.tiles) room(s.patches, patch_bytes(w));
    if (!layer.dense() && !layer.tiles) window_scratch(w, s, room);
    if (layer.forward.wide()) room(s.high, m * of.outputs);
    reading_buffers(layer.tiles, m, of.outputs, of.inputs, s.tiles, room);
    if (layer.learns) {
        if (layer.dense())
            dense_gradient_scratch(layer, batch, s, k, room);
        else
            convolution_gradient_scratch(layer, std::min(images_together(layer), batch), s, k,
                                         room);
    }
    if (layer.norm.mode != BatchNormMode::none) {
        room(s.sum_e, of.outputs);
        room(s.sum_ex, of.outputs);
    }
    if (!layer.passes_delta) return;
    if (gathers_deltas(layer)) return window_scratch(delta_window(layer), s, room);
    room(s.sums, m * of.inputs);
    if (wide_feedback(layer)) room(s.high, m * of.inputs);
    reading_buffers(layer.feedback_tiles, m, of.inputs, of.outputs, s.tiles, room);
}

void device_scratch(DeviceScratch& s, auto& room) {
    room(s.pulses, piece);
    room(s.mirrored, piece);
    room(s.levels, piece);
    room(s.wanted, 3 * piece);
    room(s.random, piece);
}

void scratch_buffers(const Network& net, std::size_t batch, std::size_t seen, Scratch& s,
                     const Kernels& k, auto& room) {
    for (const Layer& layer : net.layers)
        layer_scratch(layer, batch, seen, s, k, room);
    room(s.signs, piece);
    room(s.random, piece);
    const bool devices = std::ranges::any_of(
        net.layers, [](const Layer& layer) { return !!layer.forward.devices.device; });
    const bool pulsed = std::ranges::any_of(
        net.layers, [](const Layer& layer) { return layer.feedback.pulsed.has_value(); });
    if (devices || pulsed) room(s.devices.pulses, piece);
    if (!devices) return;
    device_scratch(s.devices, room);
    if (pulsed) device_scratch(s.back_devices, room);
}

}  // namespace

BufferBytes buffer_bytes(const Network& net, std::size_t batch, std::size_t seen, int threads,
                         const Kernels& k) {
    const Threads one(1);
    Workspace work = make_workspace(net, one);
    CountRoom gradient, packed, of_batch, scratch;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        gradient_buffers(net.layers[i], work.layers[i], gradient);
        packed_buffers(net.layers[i], work.layers[i], k, packed);
    }
    batch_buffers(net, batch, seen, work, of_batch);
    scratch_buffers(net, batch, seen, work.scratch[0], k, scratch);
    std::size_t sums = 0;
    for (const Layer& layer : net.layers)
        if (layer.learns) sums += layer.forward.size() * sizeof(std::int32_t);
    return {sums, packed.total(), of_batch.total() + gradient.total() - sums,
            static_cast<std::size_t>(threads) * scratch.total()};
}

void make_room(const Network& net, std::size_t batch, Workspace& work, const Kernels& k) {
    // Made already: nothing but training needs these.
    if (work.layers.back().sum_delta.data.size() >=
        batch * net.stages.back().out.size() + read_slack)
        return;
    MakeRoom room;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        gradient_buffers(net.layers[i], work.layers[i], room);
        packed_buffers(net.layers[i], work.layers[i], k, room);
    }
    batch_buffers(net, batch, batch, work, room);
    for (Scratch& s : work.scratch)
        scratch_buffers(net, batch, batch, s, k, room);
}

}  // namespace crossbar
