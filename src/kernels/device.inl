// Pulses on devices: the formula of move_device in reference.cpp. Few devices of a batch are
// pulsed, so the others are skipped eight at a time, and those that are go one by one: the tables
// stay in the first cache.
#pragma once

#include "elementwise.inl"

// A device's own state moves to registers and back; nothing of it may alias the tables.
[[gnu::always_inline]] inline void send(std::uint8_t& level, std::uint8_t& kind_of,
                                        std::uint16_t& wear, int pulses, std::uint32_t random,
                                        const DeviceTables& t) {
    const DeviceKind kind = t.kinds[kind_of];
    const int side = pulses < 0, count = pulses < 0 ? -pulses : pulses;
    const int from = level;
    const int position = (from - kind.low) * kind.inverse >> 8;
    const DeviceStep step = t.steps[256 * side + position];
    const int scale = kind.scale[side];
    constexpr int most = (1 << 19) - 1;
    const int mean = clamp(step.mean * scale >> 8, 0, most);
    const int spread = clamp(step.spread * scale >> 8, 0, most);
    const int normal = t.normal[random >> 8] * t.root[count] >> 4;
    const int rounding = static_cast<int>((random & 255) << 4 | random >> 12);
    const int move = (mean * count + ((spread >> 4) * normal >> 4) + rounding) >> 12;
    level = static_cast<std::uint8_t>(
        clamp(side == 0 ? from + move : from - move, kind.low, kind.high));
    const int worn = wear + count;
    wear = static_cast<std::uint16_t>(worn > 65535 ? 65535 : worn);
    if (kind.life != 65535 && wear >= kind.life) kind_of = 255;
}

void program(std::uint8_t* levels, std::uint8_t* kinds, std::uint16_t* wear,
             const std::int8_t* pulses, const std::uint16_t* random, std::size_t n,
             const DeviceTables& tables) {
    const DeviceTables t = tables;
    const auto at = [&](std::size_t i) {
        send(levels[i], kinds[i], wear[i], pulses[i], random[i], t);
    };
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        std::uint64_t eight;
        __builtin_memcpy(&eight, pulses + i, 8);
        // The lowest byte that is not zero, and that byte away.
        while (eight != 0) {
            const int byte = __builtin_ctzll(eight) / 8;
            at(i + static_cast<std::size_t>(byte));
            eight &= ~(std::uint64_t{255} << (8 * byte));
        }
    }
    for (; i < n; ++i)
        if (pulses[i] != 0) at(i);
}
