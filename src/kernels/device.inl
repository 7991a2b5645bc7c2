// Pulses on devices: the formula of move_device in reference.cpp, in blocks. What the tables say is
// fetched device by device, without a branch that depends on it; all arithmetic around it is left
// to the compiler's vectors. Where few devices of a block are pulsed, those are packed together
// first.
#pragma once

#include "elementwise.inl"

constexpr int device_block = 128;

// What the tables say of the devices of a block.
struct DeviceBlock {
    DeviceStep step[device_block];
    std::int16_t scale[device_block], normal[device_block];
    std::uint8_t low[device_block], high[device_block], count[device_block], root[device_block];
};

// Devices that are pulsed, taken out of a block.
struct PackedDevices {
    std::uint8_t at[device_block + 8], levels[device_block], kinds[device_block];
    std::int8_t pulses[device_block];
    std::uint16_t random[device_block];
};

[[gnu::always_inline]] inline void fetch(DeviceBlock& b, int n, const std::uint8_t* levels,
                                         const std::uint8_t* kinds, const std::int8_t* pulses,
                                         const std::uint16_t* random, const PulseTables& t) {
    for (int j = 0; j < n; ++j)
        b.count[j] = static_cast<std::uint8_t>(pulses[j] < 0 ? -pulses[j] : pulses[j]);
    for (int j = 0; j < n; ++j) {
        const DeviceKind& kind = t.kinds[kinds[j]];
        const int side = static_cast<std::uint8_t>(pulses[j]) >> 7;
        const int position = (levels[j] - kind.low) * kind.inverse >> 8;
        b.step[j] = t.steps[256 * side + position];
        b.scale[j] = kind.scale[side];
        b.low[j] = kind.low;
        b.high[j] = kind.high;
        b.normal[j] = t.normal[random[j] >> 8];
        b.root[j] = t.root[b.count[j]];
    }
}

// Levels after the pulses; without a pulse a device stays where it is.
[[gnu::always_inline]] inline void move_devices(const DeviceBlock& b, int n,
                                                std::uint8_t* __restrict levels,
                                                const std::int8_t* __restrict pulses,
                                                const std::uint16_t* __restrict random) {
    constexpr int most = (1 << 19) - 1;
    for (int j = 0; j < n; ++j) {
        const int r = random[j], rounding = (r & 255) << 4 | r >> 12;
        const int mean = clamp(b.step[j].mean * b.scale[j] >> 8, 0, most);
        const int spread = clamp(b.step[j].spread * b.scale[j] >> 8, 0, most);
        const int normal = b.normal[j] * b.root[j] >> 4;
        const int move = (mean * b.count[j] + ((spread >> 4) * normal >> 4) + rounding) >> 12;
        const int low = b.low[j], high = b.high[j];
        const int to = levels[j] + (pulses[j] < 0 ? -move : move);
        const int kept = to < low ? low : to > high ? high : to;
        levels[j] = static_cast<std::uint8_t>(pulses[j] == 0 ? levels[j] : kept);
    }
}

// The pulsed devices of a block; returns how many.
[[gnu::always_inline]] inline int find_pulsed(std::uint8_t* at, const std::int8_t* pulses, int n) {
    int count = 0, j = 0;
    for (; j + 8 <= n; j += 8) {
        std::uint64_t eight;
        __builtin_memcpy(&eight, pulses + j, 8);
        // The lowest byte that is not zero, and that byte away.
        while (eight != 0) {
            const int byte = __builtin_ctzll(eight) / 8;
            at[count++] = static_cast<std::uint8_t>(j + byte);
            eight &= ~(std::uint64_t{255} << (8 * byte));
        }
    }
    for (; j < n; ++j)
        if (pulses[j] != 0) at[count++] = static_cast<std::uint8_t>(j);
    return count;
}

void program_few(DeviceBlock& b, std::uint8_t* levels, const std::uint8_t* kinds,
                 const std::int8_t* pulses, const std::uint16_t* random, int n,
                 const PulseTables& t) {
    PackedDevices p;
    const int count = find_pulsed(p.at, pulses, n);
    for (int j = 0; j < count; ++j) {
        const int i = p.at[j];
        p.levels[j] = levels[i];
        p.kinds[j] = kinds[i];
        p.pulses[j] = pulses[i];
        p.random[j] = random[i];
    }
    fetch(b, count, p.levels, p.kinds, p.pulses, p.random, t);
    move_devices(b, count, p.levels, p.pulses, p.random);
    for (int j = 0; j < count; ++j)
        levels[p.at[j]] = p.levels[j];
}

void wear_devices(std::uint8_t* __restrict kinds, std::uint16_t* __restrict wear,
                  const std::int8_t* __restrict pulses, int n, const PulseTables& t) {
    for (int j = 0; j < n; ++j) {
        const int worn = wear[j] + (pulses[j] < 0 ? -pulses[j] : pulses[j]);
        wear[j] = static_cast<std::uint16_t>(worn > 65535 ? 65535 : worn);
    }
    if (!t.mortal) return;
    for (int j = 0; j < n; ++j) {
        const int life = t.kinds[kinds[j]].life;
        if (pulses[j] != 0 && life != 65535 && wear[j] >= life) kinds[j] = 255;
    }
}

void program(std::uint8_t* levels, std::uint8_t* kinds, std::uint16_t* wear,
             const std::int8_t* pulses, const std::uint16_t* random, std::size_t n,
             const PulseTables& tables) {
    const PulseTables t = tables;
    DeviceBlock b;
    for (std::size_t first = 0; first < n; first += device_block) {
        const int size = n - first < device_block ? static_cast<int>(n - first) : device_block;
        int pulsed = 0;
        for (int j = 0; j < size; ++j)
            pulsed += pulses[first + static_cast<std::size_t>(j)] != 0;
        if (pulsed > 0) {
            if (2 * pulsed < size) {
                program_few(b, levels + first, kinds + first, pulses + first, random + first, size,
                            t);
            } else {
                fetch(b, size, levels + first, kinds + first, pulses + first, random + first, t);
                move_devices(b, size, levels + first, pulses + first, random + first);
            }
            wear_devices(kinds + first, wear + first, pulses + first, size, t);
        }
    }
}
