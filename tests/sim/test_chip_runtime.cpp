// The C runtime's own arithmetic, piece by piece, against the simulator's or the compiler's.
#include <catch2/catch.hpp>

#include "array/quorum.hpp"
#include "base/philox.hpp"
#include "base/random_address.hpp"

extern "C" {
#include "chip/runtime/cb_random.c"
#include "chip/runtime/cb_rule.c"
#include "chip/runtime/cb_state.c"
#include "chip/runtime/cb_u128.h"
// After those whose names it has too.
#include "chip/runtime/cb_feedback.c"
}

namespace {

using namespace crossbar;
using Wide = unsigned __int128;

Wide wide(cb_u128 x) {
    return Wide(x.high) << 64 | x.low;
}
cb_u128 narrow(Wide x) {
    return {static_cast<std::uint64_t>(x >> 64), static_cast<std::uint64_t>(x)};
}

const std::uint64_t numbers[] = {0,          1,           2,        3,         65535,
                                 0xffffffff, 0x100000000, 1u << 31, ~0ull - 1, ~0ull};

}  // namespace

TEST_CASE("chip runtime: 128 bits as the compiler has them", "[chip]") {
    for (const std::uint64_t a : numbers)
        for (const std::uint64_t b : numbers) {
            CAPTURE(a, b);
            CHECK((wide(cb_u128_product(a, b)) == Wide(a) * b));
            const Wide x = Wide(a) << 40 | b;
            CHECK((wide(cb_u128_times(narrow(x), b)) == x * b));
            CHECK((wide(cb_u128_minus(narrow(x), narrow(Wide(b)))) == x - b));
            if (b != 0) CHECK((wide(cb_u128_over(narrow(x), narrow(Wide(b)))) == x / b));
            if (x != 0) CHECK((wide(cb_u128_over(narrow(Wide(b)), narrow(x))) == b / x));
        }
}

TEST_CASE("chip runtime: random halves have the simulator's addresses", "[chip]") {
    for (const std::uint64_t seed : {1ull, 7000000000ull})
        for (const std::uint32_t step : {0u, 1u, 4000000000u}) {
            const Stream s = stream(seed, Purpose::pulse, lanes::layer(3), step);
            cb_stream c = cb_stream_of(seed, CB_DRAW_PULSE, 3, step);
            for (const std::uint32_t i : {0u, 1u, 7u, 8u, 9u, 3u, 70000u, 6u})
                CHECK(cb_half(&c, i) == random_half(s, i));
        }
    CHECK(CB_DRAW_MAGNITUDE == static_cast<int>(Purpose::feedback_magnitude));
    CHECK(CB_DRAW_MASK == static_cast<int>(Purpose::feedback_mask));
    CHECK(CB_DRAW_ERROR == static_cast<int>(Purpose::error_rounding));
}

TEST_CASE("chip runtime: counters of any width keep their neighbours", "[chip]") {
    for (std::uint8_t bits = 2; bits <= 16; ++bits) {
        CAPTURE(int{bits});
        cb_net net{};
        net.rule = CB_BM4;
        net.counter_bits = bits;
        const std::uint32_t count = 67;
        std::vector<std::uint32_t> words((count + 31) / 32 * bits, 0);
        auto* const bytes = reinterpret_cast<std::uint8_t*>(words.data());
        const int top = top_count(bits);
        const auto value = [&](std::uint32_t i) {
            return static_cast<int>(i * 7919 % static_cast<unsigned>(2 * top + 1)) - top;
        };
        for (std::uint32_t i = 0; i < count; ++i)
            cb_put_trace(&net, bytes, i * 13 % count, value(i * 13 % count));
        for (std::uint32_t i = 0; i < count; ++i)
            CHECK(cb_trace(&net, bytes, i) == value(i));
    }
}

TEST_CASE("chip runtime: levels of any width keep their neighbours", "[chip]") {
    for (const std::uint32_t bits : {1u, 2u, 4u, 8u}) {
        std::uint8_t row[21] = {};
        const std::uint32_t count = 20;
        const auto value = [&](std::uint32_t i) {
            if (bits == 1) return i % 3 == 0 ? 1 : -1;
            return static_cast<int>(i * 31 % (1u << bits)) - (1 << (bits - 1));
        };
        for (std::uint32_t i = 0; i < count; ++i)
            cb_put_code(row, bits, i * 7 % count, value(i * 7 % count));
        for (std::uint32_t i = 0; i < count; ++i)
            CHECK(cb_code(row, bits, i) == value(i));
    }
}

TEST_CASE("chip runtime: a budget of pulses gives the simulator's quorum", "[chip]") {
    for (const int budget : {10, 3072, 1 << 20})
        for (const std::uint64_t synapses : {1ull, 840ull, 48000ull})
            for (const std::uint64_t share : {0ull, 1ull, 999ull, 1000ull, 2000ull})
                for (const std::uint32_t done : {0u, 1u, 500u, 5000u}) {
                    const PulseBudget plan{budget, 5000};
                    const std::uint64_t sent =
                        synapses * static_cast<unsigned>(budget) * share / 1024000;
                    cb_net net{};
                    net.epoch_batches = 1000;
                    net.epoch_count = 5;
                    net.pulse_budget = static_cast<std::uint32_t>(budget);
                    net.counter_share = 1;
                    const std::uint64_t wait = wait_for(plan, synapses, sent, done);
                    CAPTURE(budget, synapses, sent, done, wait);
                    CHECK(wait_for(&net, static_cast<std::uint32_t>(synapses), sent, done) == wait);
                    for (const int top : {1, 7, 63, 511})
                        for (const bool sampled : {false, true}) {
                            const Ballot ballot = ballot_of_wait(
                                wait, top, sampled ? Counting::sampled : Counting::all);
                            net.counter_top = static_cast<std::uint16_t>(top);
                            net.sampled = sampled;
                            cb_rule rule{};
                            set_quorum(&net, static_cast<std::uint32_t>(wait), &rule);
                            CHECK(rule.quorum == ballot.quorum);
                            CHECK(rule.skip == ballot.skip);
                        }
                }
}
