// One walk over the buffers of a float batch, which either makes room or counts bytes.
#include "float/float_buffers.hpp"

#include <algorithm>

#include "base/buffer_walk.hpp"
#include "float/float_layer.hpp"

namespace crossbar {
namespace {

void gradient_buffers(const FloatNetwork& net, FloatWorkspace& work, auto& room) {
    for (std::size_t i = 0; i < net.layers.size(); ++i)
        if (net.layers[i].learns) room(work.layers[i].gradient, net.layers[i].size());
}

void batch_buffers(const FloatNetwork& net, std::size_t batch, std::size_t seen,
                   FloatWorkspace& work, auto& room) {
    room(work.input, seen * net.input.size());
    for (std::size_t i = 0; i < net.stages.size(); ++i) {
        const Stage& stage = net.stages[i];
        room(work.stages[i].out, seen * stage.out.size());
        if (stage.kind == StageKind::max_pool) room(work.stages[i].which, seen * stage.out.size());
    }
    for (std::size_t b = 0; b < work.deltas.size(); ++b)
        room(work.deltas[b], batch * work.backward.buffers[b]);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        room(work.layers[i].sums, seen * net.layers[i].item());
        room(work.layers[i].sum_delta, batch * net.layers[i].item());
    }
}

// The patches of every thread, the gradient of each piece of a batch, and sums per channel.
void scratch_buffers(const FloatNetwork& net, std::size_t batch, FloatWorkspace& work, auto& room) {
    const std::size_t piece = float_piece(batch);
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const FloatLayer& layer = net.layers[i];
        room(work.moments, most_float_pieces * 2 * static_cast<std::size_t>(layer.outputs));
        if (layer.dense()) continue;
        if (layer.learns) room(work.layers[i].partial, (batch + piece - 1) / piece * layer.size());
        if (layer.depthwise) {
            room(work.layers[i].turned, layer.size());
            continue;
        }
        const std::size_t patches = std::min(float_block(layer), piece) * layer.positions() *
                                    static_cast<std::size_t>(layer.inputs);
        for (std::vector<float>& of_thread : work.patches)
            room(of_thread, patches);
    }
}

}  // namespace

FloatBufferBytes float_buffer_bytes(const FloatNetwork& net, std::size_t batch, std::size_t seen,
                                    int threads) {
    FloatWorkspace work = make_float_workspace(net, threads);
    CountRoom gradient, of_batch, scratch;
    gradient_buffers(net, work, gradient);
    batch_buffers(net, batch, seen, work, of_batch);
    scratch_buffers(net, batch, work, scratch);
    std::size_t sums = 0;
    for (const FloatLayer& layer : net.layers)
        if (layer.learns) sums += layer.size() * sizeof(float);
    return {sums, of_batch.total() + gradient.total() - sums, scratch.total()};
}

void make_float_room(const FloatNetwork& net, std::size_t batch, FloatWorkspace& work) {
    MakeRoom room;
    gradient_buffers(net, work, room);
    batch_buffers(net, batch, batch, work, room);
    scratch_buffers(net, batch, work, room);
}

}  // namespace crossbar
