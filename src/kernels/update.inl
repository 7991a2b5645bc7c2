// The sign-only rules on a stretch of synapses: the formulas of reference.cpp, one loop a kind.
// Levels int8 or int16, traces int16 with 10 fractional bits, steps in 1/65536 pulse. Vectors are
// of int16: what needs 32 bits, a product, is kept as its upper and lower half.
#pragma once

#include "elementwise.inl"
#include "vectors.inl"

// The signed pulses of one synapse; renews its trace.
template <SignRuleKind kind>
[[gnu::always_inline]] inline int move_of(std::int16_t& trace, int level, int sign,
                                          std::uint16_t random, const SignRule& rule) {
    if constexpr (kind == SignRuleKind::bm4) {
        const int kept = trace - rule.leak * ((trace > 0) - (trace < 0));
        const int vote = random >= rule.skip ? sign : 0;
        const int votes = clamp(kept - vote, -rule.counter_top, rule.counter_top);
        const int move = (votes >= rule.quorum) - (votes <= -rule.quorum);
        trace = static_cast<std::int16_t>(move != 0 ? 0 : votes);
        return rule.spare != 0 && level == move * rule.top ? 0 : move;
    }
    const int kept = trace * rule.momentum / 32768;
    const int decay = level * rule.decay >> rule.decay_shift;
    const int t = clamp(kept - sign * 1024 - decay, -32767, 32767);
    const int unit = 1024 * ((t > 0) - (t < 0));
    trace = static_cast<std::int16_t>(kind == SignRuleKind::bm2 ? unit : t);
    const int tau = kind == SignRuleKind::bm1 ? t : unit;
    return ((tau * rule.rate >> rule.rate_shift) + random) >> 16;
}

// One synapse at a time, for the last few and for parameters beyond the range of `Plan`: moves the
// levels, or writes the pulses where there is room for them.
template <SignRuleKind kind, typename Level>
std::uint64_t update_scalar(Level* levels, std::int8_t* pulses, std::int16_t* trace,
                            const std::int8_t* signs_of, const std::uint16_t* random, std::size_t n,
                            const SignRule& given) {
    const SignRule rule = given;
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint16_t dice = kind == SignRuleKind::bm4 && rule.skip == 0 ? 0 : random[i];
        int move = move_of<kind>(trace[i], levels[i], signs_of[i], dice, rule);
        if (pulses != nullptr) {
            move = clamp(move * rule.stride, -127, 127);
            pulses[i] = static_cast<std::int8_t>(move);
        } else {
            levels[i] =
                static_cast<Level>(clamp(levels[i] + move * rule.stride, -rule.top, rule.top));
        }
        sent += static_cast<std::uint64_t>(move < 0 ? -move : move);
    }
    return sent;
}

[[gnu::always_inline]] inline Shorts all(int value) {
    return Shorts{} + static_cast<std::int16_t>(value);
}

// Signed 32-bit numbers by halves.
struct Halves {
    Shorts high, low;
};

// a * b >> shift, 0 <= shift <= 31.
[[gnu::always_inline]] inline Halves multiply_shift(Shorts a, Shorts b, int shift) {
    const Shorts high = Lanes::multiply_high(a, b);
    if (shift >= 16) return {high >> 15, high >> (shift - 16)};
    const Shorts low = Shorts(UnsignedShorts(a) * UnsignedShorts(b) >> shift);
    return {high >> shift, low | high << 1 << (15 - shift)};
}

// value + random >> 16, where random is of 16 bits without sign: the upper half and the carry.
[[gnu::always_inline]] inline Shorts round_randomly(Halves value, Shorts random) {
    const auto addend = UnsignedShorts(random);
    return value.high - (UnsignedShorts(value.low) + addend < addend);
}

// The signed pulses of a vector of synapses; renews their traces. `plain`: no weight decay, and for
// bm4 that its votes count and stay and its pulses are sent, all of them.
template <SignRuleKind kind, bool plain>
[[gnu::always_inline]] inline Shorts pulses_of(Shorts& trace, Shorts level, Shorts sign,
                                               Shorts random, const SignRule& rule) {
    if constexpr (kind == SignRuleKind::bm4) {
        if constexpr (!plain) {
            if (rule.leak != 0) trace = trace + (trace > 0) - (trace < 0);
            const auto skip = UnsignedShorts(all(rule.skip));
            sign = sign & Shorts(UnsignedShorts(random) >= skip);
        }
        const Shorts votes = clamp(Lanes::subtract_saturated(trace, sign), all(-rule.counter_top),
                                   all(rule.counter_top));
        const Shorts move = (votes <= all(-rule.quorum)) - (votes >= all(rule.quorum));
        trace = votes & (move == 0);
        if (plain || rule.spare == 0) return move;
        const Shorts top = all(rule.top);
        return move & ~(((move > 0) & (level == top)) | ((move < 0) & (level == -top)));
    }
    const Shorts side = trace >> 15, size = trace < 0 ? -trace : trace;
    const Shorts kept = Lanes::multiply_high_unsigned(size, all(2 * rule.momentum));
    Shorts pull = sign << 10;
    if constexpr (!plain)
        pull = pull + multiply_shift(level, all(rule.decay), rule.decay_shift).low;
    const Shorts sum = Lanes::subtract_saturated((kept ^ side) - side, pull);
    const Shorts t = sum < -32767 ? all(-32767) : sum;
    trace = t;
    if constexpr (kind == SignRuleKind::bm1)
        return round_randomly(multiply_shift(t, all(rule.rate), rule.rate_shift), random);
    const Shorts up = t > 0, down = t < 0;
    if constexpr (kind == SignRuleKind::bm2) trace = (up & 1024) | (down & -1024);
    const int rise = 1024 * rule.rate >> rule.rate_shift,
              fall = -1024 * rule.rate >> rule.rate_shift;
    const Halves step{(up & all(rise >> 16)) | (down & all(fall >> 16)),
                      (up & all(rise)) | (down & all(fall))};
    return round_randomly(step, random);
}

[[gnu::always_inline]] inline Shorts load_shorts(const std::int8_t* p) {
    return Lanes::widen_shorts(p);
}
[[gnu::always_inline]] inline void store_shorts(std::int8_t* p, Shorts v) {
    Lanes::narrow_shorts(p, v);
}

template <typename Short>
[[gnu::always_inline]] inline Shorts load_shorts(const Short* from) {
    Shorts v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

[[gnu::always_inline]] inline void store_shorts(std::int16_t* to, Shorts v) {
    __builtin_memcpy(to, &v, sizeof v);
}

// n is a multiple of the vector's size. |pulses| <= 2^14 a synapse and n <= 2^16 bound each sum.
template <SignRuleKind kind, bool moves, bool plain, typename Level>
std::uint64_t update_vectors(Level* levels, std::int8_t* pulses, std::int16_t* trace,
                             const std::int8_t* signs_of, const std::uint16_t* random,
                             std::size_t n, const SignRule& given) {
    const SignRule rule = given;
    const Shorts top = all(rule.top), stride = all(rule.stride);
    const Shorts second = all(rule.stride == 2 ? -1 : 0);
    Words sent{};
    for (std::size_t i = 0; i < n; i += 2 * Lanes::columns) {
        const Shorts level = load_shorts(levels + i);
        Shorts t = load_shorts(trace + i), dice{};
        if constexpr (kind != SignRuleKind::bm4) dice = load_shorts(random + i);
        if (kind == SignRuleKind::bm4 && !plain && rule.skip != 0) dice = load_shorts(random + i);
        Shorts move = pulses_of<kind, plain>(t, level, load_shorts(signs_of + i), dice, rule);
        store_shorts(trace + i, t);
        if constexpr (moves) {
            const Shorts once = Lanes::add_saturated(level, move);
            store_shorts(levels + i, clamp(Lanes::add_saturated(once, move & second), -top, top));
        } else {
            move = clamp(clamp(move, all(-127), all(127)) * stride, all(-127), all(127));
            store_shorts(pulses + i, move);
        }
        sent += Lanes::sum_pairs(move < 0 ? -move : move);
    }
    std::uint64_t sum = 0;
    for (int i = 0; i < Lanes::columns; ++i)
        sum += static_cast<std::uint32_t>(sent[i]);
    return sum;
}

// Whether int16 holds everything that pulses_of keeps in it: the decay term above all.
bool fits_shorts(const SignRule& rule, bool moves) {
    const std::int64_t decay = rule.decay < 0 ? -std::int64_t{rule.decay} : rule.decay;
    return decay <= 32767 && (decay * rule.top >> rule.decay_shift) <= 31000 && rule.stride >= 1 &&
           rule.stride <= (moves ? 2 : 127);
}

template <SignRuleKind kind, bool moves, typename Level>
std::uint64_t update_by(Level* levels, std::int8_t* pulses, std::int16_t* trace,
                        const std::int8_t* signs_of, const std::uint16_t* random, std::size_t n,
                        const SignRule& rule) {
    constexpr std::size_t vector = 2 * Lanes::columns, run = 1 << 16;
    const std::size_t whole = fits_shorts(rule, moves) ? n / vector * vector : 0;
    const auto dice = [&](std::size_t at) { return random == nullptr ? nullptr : random + at; };
    const auto sent_at = [&](std::size_t at) { return moves ? nullptr : pulses + at; };
    const bool plain =
        kind == SignRuleKind::bm4 ? (rule.skip | rule.leak | rule.spare) == 0 : rule.decay == 0;
    const auto vectors = plain ? update_vectors<kind, moves, true, Level>
                               : update_vectors<kind, moves, false, Level>;
    std::uint64_t sent = 0;
    for (std::size_t at = 0; at < whole; at += run)
        sent += vectors(levels + at, sent_at(at), trace + at, signs_of + at, dice(at),
                        whole - at < run ? whole - at : run, rule);
    return sent + update_scalar<kind>(levels + whole, sent_at(whole), trace + whole,
                                      signs_of + whole, dice(whole), n - whole, rule);
}

template <bool moves, typename Level>
std::uint64_t update_of(Level* levels, std::int8_t* pulses, std::int16_t* trace,
                        const std::int8_t* signs_of, const std::uint16_t* random, std::size_t n,
                        const SignRule& rule) {
    switch (rule.kind) {
        case SignRuleKind::bm1:
            return update_by<SignRuleKind::bm1, moves>(levels, pulses, trace, signs_of, random, n,
                                                       rule);
        case SignRuleKind::bm2:
            return update_by<SignRuleKind::bm2, moves>(levels, pulses, trace, signs_of, random, n,
                                                       rule);
        case SignRuleKind::bm3:
            return update_by<SignRuleKind::bm3, moves>(levels, pulses, trace, signs_of, random, n,
                                                       rule);
        case SignRuleKind::bm4:
            return update_by<SignRuleKind::bm4, moves>(levels, pulses, trace, signs_of, random, n,
                                                       rule);
    }
    return 0;
}

template <typename Level>
std::uint64_t update(Level* levels, std::int16_t* trace, const std::int8_t* signs_of,
                     const std::uint16_t* random, std::size_t n, const SignRule& rule) {
    return update_of<true>(levels, nullptr, trace, signs_of, random, n, rule);
}

std::uint64_t pulses8(std::int8_t* pulses, const std::int8_t* levels, std::int16_t* trace,
                      const std::int8_t* signs_of, const std::uint16_t* random, std::size_t n,
                      const SignRule& rule) {
    // Without moves the levels are only read.
    return update_of<false>(const_cast<std::int8_t*>(levels), pulses, trace, signs_of, random, n,
                            rule);
}
