// The size of the constant, and levels that weigh offsets with it.
#include "weights/spare.hpp"

#include <algorithm>
#include <cmath>

#include "base/fixed.hpp"

namespace crossbar {
namespace {

// How many spare inputs an output has: some channels at every pixel of its window.
std::int64_t places_of(const ForeignLayer& last, const Layer& layer) {
    return std::int64_t{last.spare_inputs} * layer.window.kernel_height * layer.window.kernel_width;
}

}  // namespace

int spare_constant(const ForeignLayer& last, const Layer& layer, double step, double unit,
                   int top) {
    double largest = 0, sum = 0;
    for (const double offset : last.offset) {
        largest = std::max(largest, std::abs(offset));
        sum += std::abs(offset);
    }
    // Signs alone: the mean.
    if (layer.forward.bits == 1) largest = sum / static_cast<double>(last.offset.size());
    const double each = step * unit * top_synapse_level(layer.forward.bits) *
                        static_cast<double>(places_of(last, layer));
    return static_cast<int>(std::clamp(std::ceil(largest / each), 1.0, static_cast<double>(top)));
}

std::uint64_t weigh_offsets(const ForeignLayer& last, const Layer& layer, double step,
                            double constant, std::vector<std::int16_t>& levels) {
    const auto channels = static_cast<std::size_t>(layer.window.channels);
    const auto depth = static_cast<std::size_t>(layer.forward.inputs);
    const std::size_t first = channels - static_cast<std::size_t>(last.spare_inputs);
    const std::int64_t places = places_of(last, layer);
    const auto most = static_cast<double>(places * top_synapse_level(layer.forward.bits));
    std::uint64_t clipped = 0;
    for (std::size_t row = 0; row < last.offset.size(); ++row) {
        const double wanted = last.offset[row] / (step * constant);
        clipped += layer.forward.bits > 1 && std::abs(wanted) > most + 0.5;
        std::int64_t left = std::llround(std::clamp(wanted, -most, most)), to_go = places;
        for (std::size_t k = 0; k < depth; ++k) {
            if (k % channels < first) continue;
            const std::int64_t level =
                layer.forward.bits == 1 ? (wanted < 0 ? -1 : 1) : round_divide(left, to_go--);
            levels[row * depth + k] = static_cast<std::int16_t>(level);
            left -= level;
        }
    }
    return clipped;
}

}  // namespace crossbar
