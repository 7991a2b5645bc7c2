// Makes room, and narrows deltas to 8 bits with one shift.
#include "network/workspace.hpp"

#include <algorithm>

#include "base/fixed.hpp"
#include "base/random_address.hpp"

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
    const int shift = narrowing_shift(largest, format.top);
    out.exponent = exponent + shift;
    const Stream s = stream(format.seed, Purpose::error_rounding, lane, format.step);
    const std::size_t before = work.first_image * out.item();
    const bool stochastic = format.rounding == Rounding::stochastic && shift > 0;
    compute.threads.share(out.size(), 8192, [&](std::size_t first, std::size_t last, int thread) {
        const std::uint16_t* random = nullptr;
        if (stochastic) {
            std::vector<std::uint16_t>& halves =
                work.scratch[static_cast<std::size_t>(thread)].random;
            ensure(halves, last - first);
            compute.kernels.random_halves(halves.data(), before + first, last - first, s.seed,
                                          s.step, s.tag);
            random = halves.data();
        }
        compute.kernels.narrow(out.data.data() + first, wide + first, last - first, shift,
                               format.top, random);
    });
}

}  // namespace crossbar
