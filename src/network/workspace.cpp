// Makes room, and narrows deltas to 8 bits with one shift.
#include "network/workspace.hpp"

#include <algorithm>

#include "base/fixed.hpp"

namespace crossbar {

Workspace make_workspace(const Network& network, const Threads& threads) {
    Workspace work;
    work.stages.resize(network.stages.size());
    work.layers.resize(network.layers.size());
    work.scratch.resize(static_cast<std::size_t>(threads.count()));
    work.backward = plan_backward(network.stages);
    work.deltas.resize(work.backward.buffers.size());
    return work;
}

void clear_largest(Workspace& work) {
    for (Scratch& s : work.scratch)
        s.tiles.largest = 0;
}

std::int32_t largest_read(const Workspace& work) {
    std::uint32_t largest = 0;
    for (const Scratch& s : work.scratch)
        largest = std::max(largest, s.tiles.largest);
    return static_cast<std::int32_t>(largest);
}

int narrowing_shift(std::uint32_t largest, int top) {
    return std::max(0, bit_width(largest) - bit_width(static_cast<std::uint64_t>(top)));
}

void narrow_deltas(const std::int32_t* wide, std::uint32_t largest, Tensor& out, int exponent,
                   const DeltaFormat& format, std::uint32_t lane, Workspace& work,
                   const Compute& compute) {
    narrow_pieces(out, largest, exponent, format, lane, work, compute,
                  [&](std::size_t first, std::size_t n, int shift, const std::uint16_t* random) {
                      compute.kernels.narrow(out.data.data() + first, wide + first, n, shift,
                                             format.top, random);
                  });
}

}  // namespace crossbar
