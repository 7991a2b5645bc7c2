// Pulses in pieces: random numbers, the kernel, then what the device adds: refreshing, carries,
// verified writing, leaks.
#include "array/device_array.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/tensor.hpp"

namespace crossbar {
namespace {

std::vector<std::int8_t>& weights_of(SynapseArray& a) {
    return std::get<std::vector<std::int8_t>>(a.levels);
}

int weight_of(int first, int second, const DeviceTables& d) {
    return d.digit[0] * first + d.digit[1] * second - d.zero;
}

int first_level(int w, int second, const DeviceTables& d) {
    return (w + d.zero - d.digit[1] * second) / d.digit[0];
}

// The two device levels whose weight is w: the high digit nearest to it; a pair around the middle,
// so that both can move either way, or as low as can be where only SET moves them.
std::array<int, 2> split(int w, const DeviceTables& d) {
    if (d.cells == Cells::one) return {w + d.top, 0};
    if (d.cells == Cells::carry) {
        const int base = d.digit[0], middle = d.highest / 2;
        // Rounded, with a dividend above 0.
        const int high = std::clamp((w + base / 2 + 128 * base) / base - 128, -middle, middle);
        return {middle + high, middle + std::clamp(w - base * high, -middle, middle)};
    }
    if (d.cells == Cells::one_sided) return {std::max(w, 0), std::max(-w, 0)};
    const int plus = d.highest / 2 + (w + (w > 0 ? 1 : 0)) / 2;  // half of w, rounded up
    return {plus, plus - w};
}

int within(const DeviceKind& kind, int level) {
    return std::clamp<int>(level, kind.low, kind.high);
}

// A device's kind from a random word, and its level where it is stuck, else -1.
std::pair<std::uint8_t, int> draw_kind(std::uint32_t word, const DeviceTables& d) {
    const std::uint32_t chance = word >> 16, other = word & 0xffff;
    if (chance < d.stuck[0]) return {stuck_kind, 0};
    if (chance < d.stuck[1]) return {stuck_kind, d.highest};
    if (chance < d.stuck[2])
        return {stuck_kind,
                static_cast<int>(other * static_cast<std::uint32_t>(d.highest + 1) >> 16)};
    return {static_cast<std::uint8_t>(other * 255 >> 16), -1};
}

// Writes |w| by SET pulses after one RESET each: what a refresh costs the two devices.
int pulses_to(int level, const DeviceTables& d) {
    const int step = std::max(d.steps[128].mean, 1);
    return 1 + (level * 4096 + step - 1) / step;
}

// A level nearer to its rest. The product is below 2^8 * 2^24.
int leaked(int level, std::uint8_t kind, std::uint32_t random, const DeviceTables& d) {
    const int away = level - d.rest[kind];
    const auto distance = static_cast<std::uint32_t>(away < 0 ? -away : away);
    const auto lost = static_cast<int>(((distance * d.leak[kind] >> 8) + random) >> 16);
    return away < 0 ? level + lost : level - lost;
}

// Pulses on a device, which sticks when it has had its share.
void wear_out(std::uint16_t& wear, std::uint8_t& kind, int pulses, const DeviceTables& d) {
    wear = static_cast<std::uint16_t>(std::min(wear + pulses, 65535));
    if (d.kinds[kind].life != 65535 && wear >= d.kinds[kind].life) kind = stuck_kind;
}

// The train that takes a device with the mean step of where it stands so many levels on; RESET
// below 0. Half of the way where it cannot be taken back.
int train_for(int levels, int level, const DeviceTables& d) {
    const std::size_t place = static_cast<std::size_t>(level * 255 / d.highest);
    const int step = std::max(d.steps[(levels > 0 ? 0u : 256u) + place].mean, 1);
    const int way = std::abs(levels) * (d.cells == Cells::one_sided ? 2048 : 4096);
    const int pulses = std::clamp((way + step / 2) / step, 1, 127);
    return levels > 0 ? pulses : -pulses;
}

// Devices first .. first + n - 1 of a plane to the levels wanted: exactly, or verified.
void write(SynapseArray& a, std::size_t plane, std::uint8_t* levels, const std::uint8_t* wanted,
           std::size_t first, std::size_t n, const Stream& draws, DeviceScratch& scratch,
           const Kernels& kernels) {
    const DeviceTables& d = *a.devices.device;
    std::uint8_t* const kinds = a.devices.kinds[plane].data() + first;
    std::uint16_t* const wear = a.devices.wear[plane].data() + first;
    if (d.verify_tries != 0)
        return write_verified(d, levels, kinds, wear, wanted, first, n, draws, scratch, kernels);
    for (std::size_t i = 0; i < n; ++i) {
        if (wanted[i] == unwanted || kinds[i] == stuck_kind) continue;
        const int to = within(d.kinds[kinds[i]], wanted[i]);
        if (to == levels[i]) continue;
        const int pulses = std::abs(train_for(to - levels[i], levels[i], d));
        levels[i] = static_cast<std::uint8_t>(to);
        wear_out(wear[i], kinds[i], pulses, d);
    }
}

// First writing by verified pulses, of all devices of a plane; `levels` are where they start.
void write_first(SynapseArray& a, std::size_t plane, std::vector<std::uint8_t>& levels,
                 const std::vector<std::uint8_t>& wanted, std::uint64_t seed, std::uint32_t layer,
                 const Kernels& kernels) {
    DeviceScratch scratch;
    const Stream s = stream(seed, Purpose::verified_pulse, lanes::device(layer, plane), 0);
    constexpr std::size_t piece = 8192;
    for (std::size_t first = 0; first < a.size(); first += piece)
        write_verified(*a.devices.device, levels.data() + first,
                       a.devices.kinds[plane].data() + first, a.devices.wear[plane].data() + first,
                       wanted.data() + first, first, std::min(piece, a.size() - first), s, scratch,
                       kernels);
    a.devices.first_pulses += scratch.writes;
    a.devices.verify_reads += scratch.reads;
}

}  // namespace

void make_devices(SynapseArray& a, std::shared_ptr<const DeviceTables> device, std::uint64_t seed,
                  std::uint32_t layer, const Kernels& kernels) {
    ENSURE(!a.wide());
    ENSURE_EQUAL(device->top, top_synapse_level(a.bits));
    const DeviceTables& d = *device;
    a.devices.device = std::move(device);
    std::vector<std::int8_t>& weights = weights_of(a);
    const std::size_t planes = d.two() ? 2 : 1;
    for (std::size_t plane = 0; plane < planes; ++plane) {
        a.devices.kinds[plane].resize(a.size());
        a.devices.wear[plane].assign(a.size(), 0);
    }
    std::array<std::vector<std::uint8_t>, 2> levels;
    for (std::size_t plane = 0; plane < planes; ++plane) {
        levels[plane].resize(a.size());
        std::vector<std::uint8_t> wanted(d.verify_tries != 0 ? a.size() : 0);
        const Stream s = stream(seed, Purpose::device_kind, lanes::device_kind(layer, plane), 0);
        for (std::size_t i = 0; i < a.size(); ++i) {
            const auto [kind, stuck] = draw_kind(random_word(s, i), d);
            const int level = split(weights[i], d)[plane];
            a.devices.kinds[plane][i] = kind;
            levels[plane][i] =
                static_cast<std::uint8_t>(stuck >= 0 ? stuck : within(d.kinds[kind], level));
            if (d.verify_tries == 0) continue;
            wanted[i] = static_cast<std::uint8_t>(level);
            if (stuck < 0) levels[plane][i] = d.kinds[kind].low;
        }
        if (d.verify_tries != 0) write_first(a, plane, levels[plane], wanted, seed, layer, kernels);
    }
    for (std::size_t i = 0; i < a.size(); ++i)
        weights[i] =
            static_cast<std::int8_t>(weight_of(levels[0][i], d.two() ? levels[1][i] : 0, d));
    if (d.two()) a.devices.second = std::move(levels[1]);
}

void write_verified(const DeviceTables& d, std::uint8_t* levels, std::uint8_t* kinds,
                    std::uint16_t* wear, const std::uint8_t* wanted, std::size_t first,
                    std::size_t n, const Stream& draws, DeviceScratch& scratch,
                    const Kernels& kernels) {
    scratch.pulses.resize(std::max(scratch.pulses.size(), n));
    scratch.random.resize(std::max(scratch.random.size(), n));
    std::int8_t* const pulses = scratch.pulses.data();
    const PulseTables tables = d.tables();
    std::fill_n(pulses, n, std::int8_t{1});
    for (int attempt = 0; attempt <= d.verify_tries; ++attempt) {
        std::uint64_t sent = 0;
        for (std::size_t i = 0; i < n; ++i) {
            // What was near enough at one look is not looked at again.
            if (pulses[i] == 0 || wanted[i] == unwanted) {
                pulses[i] = 0;
                continue;
            }
            ++scratch.reads;
            const int off = wanted[i] - levels[i];
            const bool near =
                std::abs(off) <= d.verify_within || (off < 0 && d.cells == Cells::one_sided);
            pulses[i] = static_cast<std::int8_t>(near ? 0 : train_for(off, levels[i], d));
            sent += static_cast<std::uint64_t>(std::abs(pulses[i]));
        }
        if (sent == 0 || attempt == d.verify_tries) return;
        scratch.writes += sent;
        kernels.random_halves(scratch.random.data(), first, n, draws.seed,
                              random_steps::attempt(draws.step, attempt), draws.tag);
        kernels.program(levels, kinds, wear, pulses, scratch.random.data(), n, tables);
    }
}

void program(SynapseArray& a, std::size_t first, std::size_t n, const Stream& draws,
             const Stream& second, DeviceScratch& scratch, const Kernels& kernels) {
    const DeviceTables& d = *a.devices.device;
    const PulseTables tables = d.tables();
    std::int8_t* w = weights_of(a).data() + first;
    std::int8_t* pulses = scratch.pulses.data();
    ensure(scratch.levels, n);
    ensure(scratch.random, n);
    ensure(scratch.mirrored, n);
    std::uint8_t* plus = scratch.levels.data();
    std::int8_t* mirrored = scratch.mirrored.data();
    std::uint8_t* second_levels = d.two() ? a.devices.second.data() + first : nullptr;
    const auto send = [&](std::size_t plane, std::uint8_t* levels, const std::int8_t* sent) {
        kernels.program(levels, a.devices.kinds[plane].data() + first,
                        a.devices.wear[plane].data() + first, sent, scratch.random.data(), n,
                        tables);
    };
    kernels.random_halves(scratch.random.data(), first, n, draws.seed, draws.step, draws.tag);
    if (!d.two()) {
        for (std::size_t i = 0; i < n; ++i)
            plus[i] = static_cast<std::uint8_t>(w[i] + d.top);
        send(0, plus, pulses);
        for (std::size_t i = 0; i < n; ++i)
            w[i] = static_cast<std::int8_t>(plus[i] - d.top);
        return;
    }
    if (d.cells == Cells::carry) {
        // What the high digit is worth stays: base * high fits beside the low one.
        for (std::size_t i = 0; i < n; ++i)
            mirrored[i] = static_cast<std::int8_t>(w[i] - second_levels[i]);
        send(1, second_levels, pulses);
        for (std::size_t i = 0; i < n; ++i)
            w[i] = static_cast<std::int8_t>(mirrored[i] + second_levels[i]);
        return;
    }
    const bool both = d.cells == Cells::pair;
    for (std::size_t i = 0; i < n; ++i) {
        plus[i] = static_cast<std::uint8_t>(w[i] + second_levels[i]);
        // One side at a time where only SET is used: the other side's pulses are none.
        mirrored[i] = static_cast<std::int8_t>(both || pulses[i] < 0 ? -pulses[i] : 0);
        pulses[i] = both || pulses[i] > 0 ? pulses[i] : std::int8_t{0};
    }
    send(0, plus, pulses);
    if (both)
        kernels.random_halves(scratch.random.data(), first, n, second.seed, second.step,
                              second.tag);
    send(1, second_levels, mirrored);
    for (std::size_t i = 0; i < n; ++i)
        w[i] = static_cast<std::int8_t>(plus[i] - second_levels[i]);
}

std::uint64_t refresh(SynapseArray& a, std::size_t first, std::size_t last) {
    const DeviceTables& d = *a.devices.device;
    std::vector<std::int8_t>& weights = weights_of(a);
    std::uint64_t count = 0;
    for (std::size_t i = first; i < last; ++i) {
        std::array<int, 2> level = {weights[i] + a.devices.second[i], a.devices.second[i]};
        if (std::max(level[0], level[1]) <= d.full) continue;
        const std::array<int, 2> wanted = split(weights[i], d);
        bool moved = false;
        for (std::size_t plane = 0; plane < 2; ++plane) {
            std::uint8_t& kind = a.devices.kinds[plane][i];
            if (kind == stuck_kind) continue;
            const int to = within(d.kinds[kind], wanted[plane]);
            if (to == level[plane]) continue;
            level[plane] = to;
            moved = true;
            wear_out(a.devices.wear[plane][i], kind, pulses_to(to, d), d);
        }
        a.devices.second[i] = static_cast<std::uint8_t>(level[1]);
        weights[i] = static_cast<std::int8_t>(level[0] - level[1]);
        count += moved;
    }
    return count;
}

std::uint64_t refresh_verified(SynapseArray& a, std::size_t first, std::size_t last,
                               const Stream& draws, const Stream& second, DeviceScratch& scratch,
                               const Kernels& kernels) {
    const DeviceTables& d = *a.devices.device;
    std::int8_t* const w = weights_of(a).data() + first;
    std::uint8_t* const minus = a.devices.second.data() + first;
    const std::size_t n = last - first;
    scratch.levels.resize(std::max(scratch.levels.size(), n));
    scratch.wanted.resize(std::max(scratch.wanted.size(), 2 * n));
    std::uint8_t* const plus = scratch.levels.data();
    std::uint8_t* const wanted[2] = {scratch.wanted.data(), scratch.wanted.data() + n};
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        plus[i] = static_cast<std::uint8_t>(w[i] + minus[i]);
        const bool due = std::max(plus[i], minus[i]) > d.full;
        const std::array<int, 2> level = split(w[i], d);
        count += due;
        for (std::size_t plane = 0; plane < 2; ++plane) {
            wanted[plane][i] = due ? static_cast<std::uint8_t>(level[plane]) : unwanted;
            std::uint8_t& kind = a.devices.kinds[plane][first + i];
            if (!due || kind == stuck_kind) continue;
            (plane == 0 ? plus : minus)[i] = d.kinds[kind].low;
            wear_out(a.devices.wear[plane][first + i], kind, 1, d);
        }
    }
    if (count == 0) return 0;
    for (const std::size_t plane : {std::size_t{0}, std::size_t{1}})
        write_verified(d, plane == 0 ? plus : minus, a.devices.kinds[plane].data() + first,
                       a.devices.wear[plane].data() + first, wanted[plane], first, n,
                       plane == 0 ? draws : second, scratch, kernels);
    for (std::size_t i = 0; i < n; ++i)
        w[i] = static_cast<std::int8_t>(plus[i] - minus[i]);
    return count;
}

std::uint64_t carry(SynapseArray& a, Carry which, std::size_t first, std::size_t n,
                    const Stream& draws, const Stream& second, DeviceScratch& scratch,
                    const Kernels& kernels) {
    const DeviceTables& d = *a.devices.device;
    std::int8_t* const w = weights_of(a).data() + first;
    std::uint8_t* const low = a.devices.second.data() + first;
    const int middle = d.highest / 2;
    ensure(scratch.levels, n);
    ensure(scratch.wanted, 3 * n);
    std::uint8_t *const high = scratch.levels.data(), *const wanted = scratch.wanted.data(),
                        *const before = wanted + n, *const low_before = before + n;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const int digit = low[i] - middle;
        high[i] = before[i] = static_cast<std::uint8_t>(first_level(w[i], low[i], d));
        const int to = high[i] + (digit < 0 ? -1 : 1);
        const bool seen = which == Carry::all || scratch.pulses[i] != 0;
        const bool farther = which == Carry::all || (digit < 0) == (scratch.pulses[i] < 0);
        const bool due = seen && farther && std::abs(digit) >= d.full && to >= 0 && to <= d.highest;
        wanted[i] = due ? static_cast<std::uint8_t>(to) : unwanted;
        scratch.reads += seen;
        count += due;
    }
    if (count == 0) return 0;
    // Writing has pulses of its own.
    std::swap(scratch.pulses, scratch.mirrored);
    write(a, 0, high, wanted, first, n, draws, scratch, kernels);
    for (std::size_t i = 0; i < n; ++i) {
        const int to = low[i] - d.digit[0] * (high[i] - before[i]);
        wanted[i] = high[i] == before[i] ? unwanted
                                         : static_cast<std::uint8_t>(std::clamp(to, 0, d.highest));
    }
    std::copy_n(low, n, low_before);
    write(a, 1, low, wanted, first, n, second, scratch, kernels);
    // Where the low digit has not followed, the high one goes back.
    for (std::size_t i = 0; i < n; ++i)
        wanted[i] = high[i] != before[i] && low[i] == low_before[i] ? before[i] : unwanted;
    Stream back = draws;
    back.step = random_steps::way_back(draws.step);
    write(a, 0, high, wanted, first, n, back, scratch, kernels);
    std::swap(scratch.pulses, scratch.mirrored);
    for (std::size_t i = 0; i < n; ++i)
        w[i] = static_cast<std::int8_t>(weight_of(high[i], low[i], d));
    return count;
}

void leak(SynapseArray& a, std::size_t first, std::size_t n, const Stream& draws,
          const Stream& second, DeviceScratch& scratch, const Kernels& kernels) {
    const DeviceTables& d = *a.devices.device;
    scratch.random.resize(std::max(scratch.random.size(), n));
    const std::uint16_t* random = scratch.random.data();
    std::int8_t* w = weights_of(a).data() + first;
    const std::uint8_t* kinds = a.devices.kinds[0].data() + first;
    std::uint8_t* levels = d.two() ? a.devices.second.data() + first : nullptr;
    kernels.random_halves(scratch.random.data(), first, n, draws.seed, draws.step, draws.tag);
    for (std::size_t i = 0; i < n; ++i) {
        const int other = levels != nullptr ? levels[i] : 0;
        w[i] = static_cast<std::int8_t>(
            weight_of(leaked(first_level(w[i], other, d), kinds[i], random[i], d), other, d));
    }
    if (!d.two()) return;
    kinds = a.devices.kinds[1].data() + first;
    kernels.random_halves(scratch.random.data(), first, n, second.seed, second.step, second.tag);
    for (std::size_t i = 0; i < n; ++i) {
        const int left = leaked(levels[i], kinds[i], random[i], d);
        w[i] = static_cast<std::int8_t>(w[i] + d.digit[1] * (left - levels[i]));
        levels[i] = static_cast<std::uint8_t>(left);
    }
}

int device_level(const SynapseArray& a, std::size_t plane, std::size_t i) {
    const DeviceTables& d = *a.devices.device;
    if (plane == 1) return a.devices.second[i];
    return first_level(level_at(a, i), d.two() ? a.devices.second[i] : 0, d);
}

Reached reached(const DeviceTables& d, std::size_t plane, int level) {
    Reached sums;
    for (std::size_t kind = 0; kind < mobile_kinds; ++kind) {
        const int to = within(d.kinds[kind], split(level, d)[plane]);
        sums.sum += to;
        sums.square += to * to;
    }
    return sums;
}

std::size_t stuck_devices(const SynapseArray& a) {
    std::size_t count = 0;
    for (const std::vector<std::uint8_t>& kinds : a.devices.kinds)
        count += static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), stuck_kind));
    return count;
}

}  // namespace crossbar
