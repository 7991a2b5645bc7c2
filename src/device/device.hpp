// A device as training sees it: integer tables of how far one SET or RESET pulse moves it, of the
// spread between devices and between cycles, and when it dies. Made once, from real numbers; number
// formats are derived in docs/devices.md.
//
// A synapse of levels -top..top is one device beside a fixed reference (device levels 0..2 top,
// weight = level - top), a pair (0..top each, weight = plus - minus), or two digits with a fixed
// reference each (0..2 t, weight = base (high - t) + low - t).
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "device/curve.hpp"
#include "kernels/kernels.hpp"

namespace crossbar {

// one: a device and a fixed reference. pair: SET one, RESET the other. one_sided: SET alone, on
// either side, and a refresh when one of them is full. carry: pulses move a low digit, and now and
// then what it has gathered is carried over to a high one (periodic carry, Agarwal et al., VLSI
// 2017).
enum class Cells { one, pair, one_sided, carry };

// Whether weight 0 is in the middle of a device's range, beside a fixed reference.
constexpr bool centred(Cells cells) {
    return cells == Cells::one || cells == Cells::carry;
}

// A device and its imperfections in real numbers, as a target file gives them. Spreads are standard
// deviations.
struct DeviceSpec {
    Cells cells = Cells::one;
    Curve curve;
    double step_spread = 0;                // between devices, of both steps, relative
    bool log_normal = false;               // step_spread is of the logarithm
    double asymmetry_spread = 0;           // between devices: SET times 1 + z, RESET times 1 - z
    std::array<double, 2> bound_spread{};  // between devices, of low and high, relative
    bool log_normal_bounds = false;        // bound_spread is of the logarithm
    double cycle_spread = 0;               // between pulses, relative to the step
    double cycle_noise = 0;  // between pulses, a share of the range, whatever the step
    double stuck_low = 0, stuck_high = 0, stuck_random = 0;  // shares of all devices
    double endurance = 0;         // pulses that the median device takes; 0: no end
    double endurance_spread = 0;  // between devices, of the logarithm
    double refresh_at = 0.9;  // one_sided: a device above this share of its range is full; carry:
                              // of the range on either side of the reference
    int refresh_every = 100;  // one_sided, carry: batches between two looks; 0: carry when a pulse
                              // finds the low digit full
    int carry_base = 0;       // carry: levels of the low digit in one of the high; 0: the one that
                              // gives the most levels without a gap
    int verify_tries = 0;     // trains of a verified writing at most; 0: writing is exact
    double verify_within = 0.01;  // of the range: near enough
    double lifetime = 0;          // batches in which a level loses all but 1/e of its distance to
                                  // rest; 0: levels stay
    double lifetime_spread = 0;   // between devices, of the logarithm
    double rest = 0;              // w, held within a device's bounds
};

struct DeviceTables {
    Cells cells;
    int top;                   // synapse levels lie in -top..top
    int highest;               // device levels in 0..highest
    std::array<int, 2> digit;  // weight = digit[0] * first + digit[1] * second - zero
    int zero;
    std::array<DeviceStep, 512> steps;  // by position, 256 for SET and 256 for RESET
    std::array<DeviceKind, 256> kinds;  // 255: does not move any more
    std::array<std::int16_t, 256> normal;
    std::array<std::uint8_t, 128> root;
    DeviceBytes bytes;                   // of the four tables above
    std::array<std::uint32_t, 3> stuck;  // of 65536, cumulative: low, high, random
    int full;                            // one_sided: levels above this are refreshed; carry:
                                         // levels of the low digit from here on are carried
    int refresh_every;
    int verify_tries;                       // 0: writing is exact
    int verify_within;                      // levels
    int leak_every;                         // batches between two leakages; 0: levels stay
    std::array<std::uint32_t, 256> leak{};  // by kind: share of the distance to rest lost * 2^24
    std::array<std::uint8_t, 256> rest{};   // by kind, a level
    int burst;    // pulses that move a synapse by about one level, for rules that ask for a level
    double step;  // mean step of a synapse in levels, for the plan and reports

    bool two() const { return cells != Cells::one; }
    bool mortal;  // whether devices wear out

    PulseTables tables() const {
        return {steps.data(), kinds.data(), normal.data(), root.data(), &bytes, mortal};
    }
};

inline constexpr std::uint8_t stuck_kind = 255;
inline constexpr std::size_t mobile_kinds = 255;

// The 255 quantiles of a standard normal over the kinds, in an order of its own for each `which`:
// each spread of a device is exactly normal over them, and independent of the others.
using KindQuantiles = std::array<double, mobile_kinds>;
KindQuantiles shuffled_normal(std::uint64_t seed, std::uint32_t which);

// Throws Error where the model cannot be told apart from a device that never moves, or moves
// farther than its whole range. The kinds are drawn from the seed.
// `stride`: levels of a pulse of the ideal synapse, for a curve of `one_level`.
DeviceTables make_device(const DeviceSpec& model, int top, std::uint64_t seed, int stride = 1);

// Of all that training sees.
std::uint64_t fingerprint_of(const DeviceTables& device);

}  // namespace crossbar
