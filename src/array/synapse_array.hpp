// A crossbar's synapses: `outputs` x `inputs` of small integer levels. On the ideal
// device a pulse moves one level and the bounds hold; else device_array.hpp moves them.
//
// Levels of b bits lie in -top..top: 1 bit -1/+1, 2 bits -1/0/+1, 8 bits +-127, 16 bits +-32512
// (the largest value of two base-255 digits of 8 bits, see slices_of). Real weight = level *
// 2^exponent. Stored as int8 up to 8 bits, int16 above.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "kernels/kernels.hpp"

namespace crossbar {

using Levels = std::variant<std::vector<std::int8_t>, std::vector<std::int16_t>>;

struct DeviceTables;

// What a synapse holds beside its weight where it is made of devices: the level of its second one
// (that of the first follows, first_level), and of each device its kind and the pulses it has had.
struct DeviceState {
    std::shared_ptr<const DeviceTables> device;  // null: ideal
    std::vector<std::uint8_t> second;
    std::array<std::vector<std::uint8_t>, 2> kinds;
    std::array<std::vector<std::uint16_t>, 2> wear;  // saturates at 65535
    std::uint64_t refreshes = 0;                     // or carries
    // Of verified writing: pulses of the first one, readings of devices in all.
    std::uint64_t first_pulses = 0, verify_reads = 0;
};

struct SynapseArray {
    int outputs = 0;
    int inputs = 0;
    int bits = 8;
    int exponent = 0;
    Levels levels;
    std::uint64_t pulses = 0;  // sent so far
    DeviceState devices;

    std::size_t size() const {
        return static_cast<std::size_t>(outputs) * static_cast<std::size_t>(inputs);
    }
    bool wide() const { return bits > 8; }
};

// The largest level of a synapse of `bits` bits.
constexpr int top_synapse_level(int bits) {
    return bits <= 2 ? 1 : bits == 16 ? 32512 : (1 << (bits - 1)) - 1;
}

// Random levels, uniform in +-half_width (in 1/1024 of the largest level, at most 1024), rounded
// stochastically; one bit: a random sign. Addressed by (seed, initial_levels, layer).
SynapseArray make_synapses(int outputs, int inputs, int bits, int exponent, int half_width,
                           std::uint64_t seed, std::uint32_t layer);

// Level i as a plain int.
inline int level_at(const SynapseArray& a, std::size_t i) {
    return std::visit([i](const auto& levels) { return static_cast<int>(levels[i]); }, a.levels);
}

// The planes of 8-bit digits that products read: level = low for narrow synapses, else
// 255 * high + low with both digits in -127..127.
struct Slices {
    std::vector<std::int8_t> low, high;  // high is empty for narrow synapses
};
void slices_of(const SynapseArray& a, Slices& slices);

// Synapses at a bound.
std::size_t saturated(const SynapseArray& a);

}  // namespace crossbar
