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
