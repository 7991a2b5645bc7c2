// From curves and spreads to tables of 255 kinds, in integers.
#include "device/device.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/random_address.hpp"
#include "base/tables.hpp"

namespace crossbar {
namespace {

constexpr int most_step = (1 << 19) - 1;

// A bound so many standard deviations above that of the mean device.
double bound_at(const DeviceSpec& m, double w, double spread, double z) {
    if (m.log_normal_bounds) return w * std::exp(w < 0 ? -spread * z : spread * z);
    return w + spread * std::abs(w) * z;
}

// From w to device levels, with room for devices whose bounds lie farther out: two standard
// deviations.
struct Grid {
    double low, per_weight;  // level = (w - low) * per_weight

    Grid(const DeviceSpec& m, int highest) {
        const double a = bound_at(m, m.curve.low(), m.bound_spread[0], -2);
        const double b = bound_at(m, m.curve.high(), m.bound_spread[1], 2);
        // Beside a reference, weight 0 is in the middle.
        const double reach = std::max(std::abs(a), std::abs(b));
        low = centred(m.cells) ? -reach : a;
        per_weight = highest / ((centred(m.cells) ? reach : b) - low);
    }
    double level(double w) const { return (w - low) * per_weight; }
};

std::int32_t fixed_step(double levels) {
    return static_cast<std::int32_t>(std::clamp(std::lround(levels * 4096), 0l, long{most_step}));
}

void make_steps(DeviceTables& d, const DeviceSpec& m, double range) {
    double sum = 0;
    for (std::size_t side = 0; side < 2; ++side)
        for (std::size_t i = 0; i < 256; ++i) {
            const Pulse pulse = side == 0 ? Pulse::set : Pulse::reset;
            const double step = step_at(m.curve, pulse, static_cast<double>(i) / 255) * range;
            const double spread = std::hypot(m.cycle_spread * step, m.cycle_noise * range);
            d.steps[256 * side + i] = {fixed_step(step), fixed_step(spread)};
            if (side == 0 || m.cells != Cells::one_sided) sum += step / 256;
        }
    // Of a pair both move; else one device, or one side, goes one way at a time.
    d.step = centred(m.cells) ? sum / 2 : sum;
}

std::int16_t fixed_scale(double scale) {
    return static_cast<std::int16_t>(std::clamp(std::lround(scale * 256), 0l, 4095l));
}

void make_kinds(DeviceTables& d, const DeviceSpec& m, const Grid& grid, std::uint64_t seed) {
    std::array<KindQuantiles, 5> z;
    for (std::uint32_t i = 0; i < z.size(); ++i)
        z[i] = shuffled_normal(seed, i);
    const auto bound = [&](double w, double normal, double spread) {
        const double own = grid.level(bound_at(m, w, spread, normal));
        return static_cast<int>(std::clamp(std::lround(own), 0l, static_cast<long>(d.highest)));
    };
    for (std::size_t k = 0; k < mobile_kinds; ++k) {
        DeviceKind& kind = d.kinds[k];
        const double step = m.log_normal ? std::exp(m.step_spread * z[0][k])
                                         : std::max(0.0, 1 + m.step_spread * z[0][k]);
        const double lean = std::clamp(m.asymmetry_spread * z[1][k], -1.0, 1.0);
        kind.scale[0] = fixed_scale(step * (1 + lean));
        kind.scale[1] = fixed_scale(step * (1 - lean));
        int low = bound(m.curve.low(), z[2][k], m.bound_spread[0]);
        int high = bound(m.curve.high(), z[3][k], m.bound_spread[1]);
        if (high <= low) low = high = std::clamp((low + high) / 2, 0, d.highest);
        kind.low = static_cast<std::uint8_t>(low);
        kind.high = static_cast<std::uint8_t>(high);
        // Rounded up, so that the upper bound is at 255.
        const int span = std::max(high - low, 1);
        kind.inverse = static_cast<std::uint16_t>((255 * 256 + span - 1) / span);
        kind.life = 65535;
        if (m.endurance > 0)
            kind.life = static_cast<std::uint16_t>(std::clamp(
                std::lround(m.endurance * std::exp(m.endurance_spread * z[4][k])), 1l, 65535l));
    }
    d.kinds[stuck_kind] = {{0, 0}, 0, 65535, 0, 255};
}

// What the levels of a synapse's devices are worth.
void make_digits(DeviceTables& d, const DeviceSpec& m) {
    d.digit = {1, m.cells == Cells::one ? 0 : -1};
    d.zero = m.cells == Cells::one ? d.top : 0;
    d.highest = m.cells == Cells::one ? 2 * d.top : d.top;
    if (m.cells != Cells::carry) return;
    // Digits of -t..t reach (base + 1) t without a gap where base <= 2 t. The low one needs room
    // beyond half of the base, for what comes between two looks: t + 1.
    int middle = 1;
    while ((middle + 3) * (middle + 1) <= d.top)
        ++middle;
    const int base = m.carry_base != 0 ? m.carry_base : middle + 1;
    middle = d.top / (base + 1);
    d.full = std::max(1, static_cast<int>(std::lround(m.refresh_at * middle)));
    // A carry at looks has to leave the low digit less full, or it would go to and fro.
    if (middle < 1 || 2 * d.full < base + (m.refresh_every > 0 ? 1 : 0))
        fail(
            "cells = \"carry\": base {} leaves each of two digits {} levels on either side of 0, "
            "and a carry at {} of them comes too early; change carry_base, refresh_at, or "
            "--weight-bits (4 or more; 3 with refresh_every = 0)",
            base, middle, d.full);
    d.digit = {base, 1};
    d.highest = 2 * middle;
    d.zero = (base + 1) * middle;
}

std::uint8_t byte_of(std::int32_t x, std::size_t i) {
    return static_cast<std::uint8_t>(static_cast<std::uint32_t>(x) >> (8 * i));
}

void make_bytes(DeviceTables& d) {
    DeviceBytes& b = d.bytes;
    for (std::size_t k = 0; k < 256; ++k) {
        const DeviceKind& kind = d.kinds[k];
        for (std::size_t side = 0; side < 2; ++side) {
            for (std::size_t i = 0; i < 3; ++i) {
                b.mean[i][side][k] = byte_of(d.steps[256 * side + k].mean, i);
                b.spread[i][side][k] = byte_of(d.steps[256 * side + k].spread, i);
            }
            for (std::size_t i = 0; i < 2; ++i)
                b.scale[i][side][k] = byte_of(kind.scale[side], i);
        }
        for (std::size_t i = 0; i < 2; ++i) {
            b.inverse[i][k] = byte_of(kind.inverse, i);
            b.life[i][k] = byte_of(kind.life, i);
            b.normal[i][k] = byte_of(d.normal[k], i);
        }
        b.low[k] = kind.low;
        b.high[k] = kind.high;
    }
    std::copy(d.root.begin(), d.root.end(), b.root);
}

// Levels decay often enough for a smooth course, and so seldom that a share keeps its digits: by
// about 2^-10 at a time where they live long.
void make_leaks(DeviceTables& d, const DeviceSpec& m, const Grid& grid, std::uint64_t seed) {
    if (m.lifetime == 0) return;
    d.leak_every = static_cast<int>(std::max(1l, std::lround(m.lifetime / 1024)));
    const KindQuantiles z = shuffled_normal(seed, 5);
    for (std::size_t k = 0; k < mobile_kinds; ++k) {
        const double life = m.lifetime * std::exp(m.lifetime_spread * z[k]);
        const double share = -std::expm1(-d.leak_every / life);
        d.leak[k] = static_cast<std::uint32_t>(std::lround(share * (1 << 24)));
        d.rest[k] = static_cast<std::uint8_t>(std::clamp(
            std::lround(grid.level(m.rest)), long{d.kinds[k].low}, long{d.kinds[k].high}));
    }
}

}  // namespace

KindQuantiles shuffled_normal(std::uint64_t seed, std::uint32_t which) {
    KindQuantiles z;
    for (std::size_t i = 0; i < z.size(); ++i)
        z[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(z.size()));
    const Stream s = stream(seed, Purpose::device_kind, which, 0);
    for (std::uint32_t i = mobile_kinds - 1; i > 0; --i)
        std::swap(z[i], z[random_below(random_word(s, i), i + 1)]);
    return z;
}

DeviceTables make_device(const DeviceSpec& model, int top, std::uint64_t seed, int stride) {
    ENSURE(top >= 1 && top <= 127);
    DeviceSpec m = model;
    DeviceTables d{};
    d.cells = m.cells;
    d.top = top;
    make_digits(d, m);
    const Grid grid(m, d.highest);
    if (m.curve.one_level) m.curve.pulse = stride / grid.per_weight;
    make_steps(d, m, (m.curve.high() - m.curve.low()) * grid.per_weight);
    // Rules ask for as many pulses as of the ideal synapse, of one bit too, whose pulse is two
    // levels.
    if (m.curve.one_level) d.step = 1;
    if (d.step < 1e-3 || d.step > 2.0 * d.highest)
        fail(
            "this device moves {:.3g} levels per pulse, expected 0.001 to {}; "
            "change its pulse, or --weight-bits",
            d.step, 2 * d.highest);
    d.burst = static_cast<int>(std::clamp(std::lround(1 / d.step), 1l, 127l));
    make_kinds(d, m, grid, seed);
    make_leaks(d, m, grid, seed);
    for (std::size_t i = 0; i < 256; ++i)
        d.normal[i] = static_cast<std::int16_t>(
            std::lround(256 * normal_quantile((static_cast<double>(i) + 0.5) / 256)));
    for (std::size_t i = 0; i < 128; ++i)
        d.root[i] = static_cast<std::uint8_t>(std::lround(16 * std::sqrt(static_cast<double>(i))));
    make_bytes(d);
    double share = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        share += i == 0 ? m.stuck_low : i == 1 ? m.stuck_high : m.stuck_random;
        d.stuck[i] = static_cast<std::uint32_t>(std::lround(std::min(share, 1.0) * 65536));
    }
    d.mortal = m.endurance > 0;
    if (m.cells == Cells::one_sided)
        d.full = static_cast<int>(std::lround(m.refresh_at * d.highest));
    d.refresh_every = m.refresh_every;
    d.verify_tries = m.verify_tries;
    d.verify_within = static_cast<int>(std::lround(m.verify_within * d.highest));
    return d;
}

std::uint64_t fingerprint_of(const DeviceTables& d) {
    const std::array<int, 4> numbers = {static_cast<int>(d.cells), d.top, d.full, d.refresh_every};
    std::uint64_t hash = fingerprint(numbers.data(), sizeof numbers, fingerprint_start);
    if (d.cells == Cells::carry) hash = fingerprint(d.digit.data(), sizeof d.digit, hash);
    hash = fingerprint(d.steps.data(), sizeof d.steps, hash);
    hash = fingerprint(d.kinds.data(), sizeof d.kinds, hash);
    if (d.verify_tries != 0) {
        const std::array<int, 2> verify = {d.verify_tries, d.verify_within};
        hash = fingerprint(verify.data(), sizeof verify, hash);
    }
    if (d.leak_every == 0) return hash;
    hash = fingerprint(&d.leak_every, sizeof d.leak_every, hash);
    hash = fingerprint(d.leak.data(), sizeof d.leak, hash);
    return fingerprint(d.rest.data(), sizeof d.rest, hash);
}

}  // namespace crossbar
