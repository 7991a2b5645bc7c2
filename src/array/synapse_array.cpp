// Draws levels, and splits wide ones into two digits.
#include "array/synapse_array.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/fixed.hpp"
#include "base/random_address.hpp"

namespace crossbar {
namespace {

// The level of a uniform draw in +-half_width, rounded at random so that few levels keep the mean
// magnitude too. Two words per synapse: where, and the rounding.
int initial_level(std::uint32_t draw, std::uint32_t rounding, int bits, int half_width) {
    if (bits == 1) return (draw & 1u) != 0 ? 1 : -1;
    const std::int64_t top = top_synapse_level(bits);
    // u in -2^32 .. 2^32: u >> 5 has 27 fractional bits of a unit, top * half_width of 1024 its
    // level.
    const std::int64_t u = std::int64_t{draw} * 2 - 0xffffffffll;
    const std::int64_t fine = (top * half_width * (u >> 5)) >> 10;  // level * 2^27
    const std::int64_t dither = rounding >> 5;                      // 0 .. 2^27 - 1
    return static_cast<int>(saturate((fine + dither) >> 27, top));
}

}  // namespace

SynapseArray make_synapses(int outputs, int inputs, int bits, int exponent, int half_width,
                           std::uint64_t seed, std::uint32_t layer) {
    ENSURE_AT_MOST(half_width, 1024);
    SynapseArray a{outputs, inputs, bits, exponent, {}, 0, {}};
    if (bits > 8) a.levels = std::vector<std::int16_t>();
    const Stream s = stream(seed, Purpose::initial_levels, layer, 0);
    std::visit(
        [&](auto& levels) {
            using Level = typename std::decay_t<decltype(levels)>::value_type;
            levels.resize(a.size());
            for (std::size_t i = 0; i < levels.size(); i += 2) {
                const auto words = random_block(s, static_cast<std::uint32_t>(i / 2));
                for (std::size_t k = 0; k < 2 && i + k < levels.size(); ++k)
                    levels[i + k] = static_cast<Level>(
                        initial_level(words[2 * k], words[2 * k + 1], bits, half_width));
            }
        },
        a.levels);
    return a;
}

void slices_of(const SynapseArray& a, Slices& slices) {
    slices.low.resize(a.size());
    if (const auto* narrow = std::get_if<std::vector<std::int8_t>>(&a.levels)) {
        std::copy(narrow->begin(), narrow->end(), slices.low.begin());
        slices.high.clear();
        return;
    }
    const auto& levels = std::get<std::vector<std::int16_t>>(a.levels);
    slices.high.resize(a.size());
    for (std::size_t i = 0; i < levels.size(); ++i) {
        // Nearest multiple of 255; + 127 keeps the dividend positive, 255 * 128 = 32640.
        const int high = (levels[i] + 127 + 32640) / 255 - 128;
        slices.high[i] = static_cast<std::int8_t>(high);
        slices.low[i] = static_cast<std::int8_t>(levels[i] - 255 * high);
    }
}

std::size_t saturated(const SynapseArray& a) {
    const int top = top_synapse_level(a.bits);
    return std::visit(
        [&](const auto& levels) {
            return static_cast<std::size_t>(std::count_if(
                levels.begin(), levels.end(), [&](int x) { return x == top || x == -top; }));
        },
        a.levels);
}

}  // namespace crossbar
