// Pulses on 64 devices at a time, for AVX-512 with byte permutations (VBMI): the formula of
// move_device in reference.cpp. Every table is looked up in registers, a byte plane of 256 entries
// in two permutations, so that nothing is fetched device by device.
#pragma once

using UnsignedShorts = std::uint16_t __attribute__((vector_size(64)));

// Numbers of 16 bits of 64 devices: of those in the low 8 bytes of each 16, and of the others.
struct Split {
    __m512i low, high;
};

inline Split zip(__m512i low_bytes, __m512i high_bytes) {
    return {_mm512_unpacklo_epi8(low_bytes, high_bytes),
            _mm512_unpackhi_epi8(low_bytes, high_bytes)};
}

// The upper bytes of 64 numbers, as bytes in their order.
inline __m512i upper_bytes(UnsignedShorts low, UnsignedShorts high) {
    return _mm512_packus_epi16(Lanes::bits(low >> 8), Lanes::bits(high >> 8));
}

// 64 numbers in their order, split; `there` says which exist.
inline Split load_split(const std::uint16_t* from, __mmask64 there) {
    const __m512i a = _mm512_maskz_loadu_epi16(static_cast<__mmask32>(there), from);
    const __m512i b = _mm512_maskz_loadu_epi16(static_cast<__mmask32>(there >> 32), from + 32);
    return {Lanes::quarters<0x88>(a, b), Lanes::quarters<0xdd>(a, b)};
}

inline __m512i of_plane(const std::uint8_t* plane, __m512i index) {
    const __m512i below =
        _mm512_permutex2var_epi8(_mm512_loadu_si512(plane), index, _mm512_loadu_si512(plane + 64));
    const __m512i above = _mm512_permutex2var_epi8(_mm512_loadu_si512(plane + 128), index,
                                                   _mm512_loadu_si512(plane + 192));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), below, above);
}

// Of SET's plane, or of RESET's where `side` is set.
inline __m512i of_planes(const BytePlane (&planes)[2], __m512i index, __mmask64 side) {
    return _mm512_mask_blend_epi8(side, of_plane(planes[0], index), of_plane(planes[1], index));
}

// The lower bytes of a step of each of 64 devices, and its third.
struct Steps {
    Split bytes, top;
};

inline Steps steps_at(__m512i position, __mmask64 side, const BytePlane (&planes)[3][2]) {
    return {zip(of_planes(planes[0], position, side), of_planes(planes[1], position, side)),
            zip(of_planes(planes[2], position, side), _mm512_setzero_si512())};
}

// What the tables say of 64 devices and their pulses.
struct DeviceMoves {
    Split levels, low, high;
    Steps mean, spread;
    Split scale, normal, root, count, sign;
};

inline DeviceMoves look_up(__m512i levels, __m512i kinds, __m512i pulses, const Split& random,
                           const DeviceBytes& t) {
    const __m512i zero = _mm512_setzero_si512();
    const __mmask64 side = _mm512_movepi8_mask(pulses);
    const __m512i low = of_plane(t.low, kinds), high = of_plane(t.high, kinds);
    const Split inverse = zip(of_plane(t.inverse[0], kinds), of_plane(t.inverse[1], kinds));
    const Split above = zip(_mm512_sub_epi8(levels, low), zero);
    const __m512i position = upper_bytes(UnsignedShorts(above.low) * UnsignedShorts(inverse.low),
                                         UnsignedShorts(above.high) * UnsignedShorts(inverse.high));
    const __m512i quantile = upper_bytes(UnsignedShorts(random.low), UnsignedShorts(random.high));
    const __m512i count = _mm512_maskz_abs_epi8(~__mmask64{0}, pulses);
    const __m512i root = _mm512_permutex2var_epi8(_mm512_loadu_si512(t.root), count,
                                                  _mm512_loadu_si512(t.root + 64));
    return {zip(levels, zero),
            zip(low, zero),
            zip(high, zero),
            steps_at(position, side, t.mean),
            steps_at(position, side, t.spread),
            zip(of_planes(t.scale[0], kinds, side), of_planes(t.scale[1], kinds, side)),
            zip(of_plane(t.normal[0], quantile), of_plane(t.normal[1], quantile)),
            zip(root, zero),
            zip(count, zero),
            zip(zero, pulses)};
}

// A quarter of the 64 in words.
template <bool upper>
inline Words unpack(__m512i low_bits, __m512i high_bits) {
    return Words(upper ? _mm512_unpackhi_epi16(low_bits, high_bits)
                       : _mm512_unpacklo_epi16(low_bits, high_bits));
}

template <bool upper>
inline Words scaled(const Steps& steps, __m512i Split::*half, Words scale) {
    const Words step = unpack<upper>(steps.bytes.*half, steps.top.*half) * scale >> 8;
    const Words most = Words{} + ((1 << 19) - 1);
    return step < most ? step : most;
}

// The moves of a quarter, in levels.
template <bool upper>
inline Words move_of(const DeviceMoves& m, __m512i Split::*half, const Split& random) {
    const __m512i zero = _mm512_setzero_si512();
    const Words scale = unpack<upper>(m.scale.*half, zero);
    const Words mean = scaled<upper>(m.mean, half, scale);
    const Words spread = scaled<upper>(m.spread, half, scale);
    const Words normal = Words(_mm512_madd_epi16(Lanes::bits(unpack<upper>(m.normal.*half, zero)),
                                                 Lanes::bits(unpack<upper>(m.root.*half, zero)))) >>
                         4;
    const Words r = unpack<upper>(random.*half, zero), rounding = (r & 255) << 4 | r >> 12;
    const Words count = unpack<upper>(m.count.*half, zero);
    return (mean * count + ((spread >> 4) * normal >> 4) + rounding) >> 12;
}

// 32 levels after their pulses. A move has at most 15 bits.
inline __m512i moved(const DeviceMoves& m, __m512i Split::*half, const Split& random) {
    const Shorts move = Shorts(_mm512_packs_epi32(Lanes::bits(move_of<false>(m, half, random)),
                                                  Lanes::bits(move_of<true>(m, half, random))));
    const Shorts low = Shorts(m.low.*half), high = Shorts(m.high.*half);
    const Shorts to = Shorts(m.levels.*half) + (Shorts(m.sign.*half) < 0 ? -move : move);
    return Lanes::bits(to < low ? low : to > high ? high : to);
}

inline void add_wear(std::uint16_t* wear, __mmask32 there, __m256i count) {
    const __m512i before = _mm512_maskz_loadu_epi16(there, wear);
    const __m512i more = _mm512_maskz_cvtepu8_epi16(Lanes::every32, count);
    _mm512_mask_storeu_epi16(wear, there, _mm512_adds_epu16(before, more));
}

// Which of 32 have had their last pulse: 16 bits that are set, or not. A life of 65535 has no end.
inline __m512i worn_out(__m512i wear, __m512i life) {
    const __mmask32 ends = _mm512_cmpneq_epi16_mask(life, _mm512_set1_epi16(-1));
    return _mm512_movm_epi16(_mm512_mask_cmpge_epu16_mask(ends, wear, life));
}

// Counts the pulses; devices that have had their last become of kind 255.
inline void wear_out(std::uint8_t* kinds, std::uint16_t* wear, __m512i pulses, __mmask64 there,
                     const PulseTables& tables) {
    const __m512i count = _mm512_maskz_abs_epi8(~__mmask64{0}, pulses);
    add_wear(wear, static_cast<__mmask32>(there),
             _mm512_maskz_extracti64x4_epi64(Lanes::every8, count, 0));
    add_wear(wear + 32, static_cast<__mmask32>(there >> 32),
             _mm512_maskz_extracti64x4_epi64(Lanes::every8, count, 1));
    if (!tables.mortal) return;
    const DeviceBytes& t = *tables.bytes;
    const __m512i k = _mm512_maskz_loadu_epi8(there, kinds);
    const Split life = zip(of_plane(t.life[0], k), of_plane(t.life[1], k));
    const Split had = load_split(wear, there);
    const __m512i dead =
        _mm512_packs_epi16(worn_out(had.low, life.low), worn_out(had.high, life.high));
    const __mmask64 m = there & _mm512_movepi8_mask(dead) & _mm512_test_epi8_mask(pulses, pulses);
    _mm512_mask_storeu_epi8(kinds, m, _mm512_set1_epi8(-1));
}

void program_planes(std::uint8_t* levels, std::uint8_t* kinds, std::uint16_t* wear,
                    const std::int8_t* pulses, const std::uint16_t* random, std::size_t n,
                    const PulseTables& tables) {
    for (std::size_t i = 0; i < n; i += 64) {
        const __mmask64 there = n - i < 64 ? (__mmask64{1} << (n - i)) - 1 : ~__mmask64{0};
        const __m512i p = _mm512_maskz_loadu_epi8(there, pulses + i);
        const __mmask64 pulsed = _mm512_test_epi8_mask(p, p);
        if (pulsed == 0) continue;
        const Split r = load_split(random + i, there);
        const DeviceMoves m =
            look_up(_mm512_maskz_loadu_epi8(there, levels + i),
                    _mm512_maskz_loadu_epi8(there, kinds + i), p, r, *tables.bytes);
        _mm512_mask_storeu_epi8(
            levels + i, pulsed,
            _mm512_packus_epi16(moved(m, &Split::low, r), moved(m, &Split::high, r)));
        wear_out(kinds + i, wear + i, p, there, tables);
    }
}
