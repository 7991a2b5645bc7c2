#include "crossbar/pass.hpp"

#include <algorithm>

#include "crossbar/fixed.hpp"
#include "crossbar/philox.hpp"

namespace crossbar {

Pass make_pass(const Network& network, const Threads& threads) {
    Pass pass;
    pass.stages.resize(network.stages.size());
    pass.layers.resize(network.layers.size());
    pass.scratch.resize(static_cast<std::size_t>(threads.count()));
    return pass;
}

namespace {

// Of the vector that the members lead to, one after the other.
template <typename... Members>
void level(std::vector<Scratch>& scratch, Members... members) {
    std::size_t most = 0;
    for (const Scratch& s : scratch)
        most = std::max(most, (s.*....*members).capacity());
    for (Scratch& s : scratch)
        (s.*....*members).reserve(most);
}

}  // namespace

void level_scratch(Pass& pass) {
    for (auto member : {&Scratch::patches, &Scratch::transposed, &Scratch::packed, &Scratch::signs})
        level(pass.scratch, member);
    for (auto member :
         {&Scratch::sums, &Scratch::high, &Scratch::gradient, &Scratch::sum_e, &Scratch::sum_ex})
        level(pass.scratch, member);
    level(pass.scratch, &Scratch::random);
    level(pass.scratch, &Scratch::devices, &DeviceScratch::pulses);
    level(pass.scratch, &Scratch::devices, &DeviceScratch::mirrored);
    level(pass.scratch, &Scratch::devices, &DeviceScratch::levels);
    level(pass.scratch, &Scratch::devices, &DeviceScratch::wanted);
    level(pass.scratch, &Scratch::devices, &DeviceScratch::random);
    level(pass.scratch, &Scratch::tiles, &TileScratch::sums);
    level(pass.scratch, &Scratch::tiles, &TileScratch::band);
    level(pass.scratch, &Scratch::tiles, &TileScratch::gain);
    level(pass.scratch, &Scratch::tiles, &TileScratch::inputs);
    level(pass.scratch, &Scratch::tiles, &TileScratch::bits);
    level(pass.scratch, &Scratch::tiles, &TileScratch::halves);
}

void clear_largest(Pass& pass) {
    for (Scratch& s : pass.scratch)
        s.tiles.largest = 0;
}

std::int32_t largest_read(const Pass& pass) {
    std::uint32_t largest = 0;
    for (const Scratch& s : pass.scratch)
        largest = std::max(largest, s.tiles.largest);
    return static_cast<std::int32_t>(largest);
}

int narrowing_shift(std::uint32_t largest, int top) {
    return std::max(0, bit_width(largest) - bit_width(static_cast<std::uint64_t>(top)));
}

void narrow_errors(const std::int32_t* wide, std::uint32_t largest, Tensor& out, int exponent,
                   const ErrorFormat& format, std::uint32_t lane, Pass& pass,
                   const Compute& compute) {
    const int shift = narrowing_shift(largest, format.top);
    out.exponent = exponent + shift;
    const Stream s = stream(format.seed, Purpose::error_rounding, lane, format.step);
    const bool stochastic = format.rounding == Rounding::stochastic && shift > 0;
    compute.threads.share(out.size(), 8192, [&](std::size_t first, std::size_t last, int thread) {
        const std::uint16_t* random = nullptr;
        if (stochastic) {
            std::vector<std::uint16_t>& halves =
                pass.scratch[static_cast<std::size_t>(thread)].random;
            ensure(halves, last - first);
            compute.kernels.random_halves(halves.data(), first, last - first, s.seed, s.step,
                                          s.tag);
            random = halves.data();
        }
        compute.kernels.narrow(out.data.data() + first, wide + first, last - first, shift,
                               format.top, random);
    });
}

}  // namespace crossbar
