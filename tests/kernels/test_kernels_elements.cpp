// The kernels that go element by element, batch normalisation and the update rules of every
// available instruction set give the bits of the reference, up to the ends of what their callers
// promise.
#include <catch2/catch.hpp>

#include "kernel_testing.hpp"

using namespace kernel_testing;

TEST_CASE("relu, masks, signs and largest equal the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths())
            for (const Fill fill : fills) {
                INFO(set->name << ": " << n);
                const auto in = numbers<std::int8_t>(n, -128, 127, fill);
                const auto words = numbers<std::int32_t>(n, INT32_MIN, INT32_MAX, fill);
                const auto few = numbers<std::int32_t>(n, -1, 1, fill);
                const Guarded<std::int8_t> out(n);
                REQUIRE(same(*set, out,
                             [&](const Kernels& k, std::int8_t* to) { k.relu(to, in.data(), n); }));
                const Guarded<std::int8_t> errors(numbers<std::int8_t>(n, -128, 127));
                REQUIRE(same(*set, errors, [&](const Kernels& k, std::int8_t* to) {
                    k.relu_mask(to, in.data(), n);
                }));
                for (const auto* x : {&words, &few}) {
                    REQUIRE(same(*set, out, [&](const Kernels& k, std::int8_t* to) {
                        k.signs(to, x->data(), n);
                    }));
                    REQUIRE(set->largest(x->data(), n) == reference().largest(x->data(), n));
                }
            }
}

TEST_CASE("centring equals the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths())
            for (const Fill fill : {Fill::random, Fill::ends}) {
                INFO(set->name << ": " << n);
                const auto narrow = numbers<std::int32_t>(n, INT32_MIN, INT32_MAX, fill);
                std::vector<std::int64_t> sums(narrow.begin(), narrow.end());
                for (std::size_t i = 0; i < n; i += 3)
                    sums[i] *= 8;
                const Guarded<std::int32_t> gradient(
                    numbers<std::int32_t>(n, -INT32_MAX, INT32_MAX, fill));
                for (const std::int64_t mean : {-127 << 20, -12345, -1, 1, 77777, 127 << 20})
                    REQUIRE(same(*set, gradient, [&](const Kernels& k, std::int32_t* to) {
                        k.centre(to, sums.data(), mean, n);
                    }));
            }
}

TEST_CASE("narrowing equals the reference", "[kernels]") {
    constexpr int bound = (1 << 30) - 1;
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths())
            for (int shift = 0; shift <= 30; shift += n < 100 ? 1 : 7)
                for (const Fill fill : {Fill::random, Fill::ends}) {
                    INFO(set->name << ": " << n << ", shift " << shift);
                    const int spread =
                        n % 2 == 0 ? bound : std::min(bound, 200 << std::min(shift, 20));
                    const auto x = numbers<std::int32_t>(n, -spread, spread, fill);
                    const auto random = numbers<std::uint16_t>(n, 0, 65535, fill);
                    for (const int top : {1, 7, 127})
                        for (const std::uint16_t* r :
                             {static_cast<const std::uint16_t*>(nullptr), random.data()})
                            REQUIRE(same(*set, Guarded<std::int8_t>(n),
                                         [&](const Kernels& k, std::int8_t* to) {
                                             k.narrow(to, x.data(), n, shift, top, r);
                                         }));
                }
}

TEST_CASE("sums of two maps and their largest equal the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths())
            for (int up = 0; up <= 16; ++up)
                for (const Fill fill : {Fill::random, Fill::ends}) {
                    const int shift = random_between(0, 17);
                    INFO(set->name << ": " << n << ", up " << up << ", shift " << shift);
                    const auto a = numbers<std::int8_t>(n, -127, 127, fill);
                    const auto b = numbers<std::int8_t>(n, -127, 127, fill);
                    const auto random = numbers<std::uint16_t>(n, 0, 65535, fill);
                    REQUIRE(set->largest_sum(a.data(), b.data(), n, up) ==
                            reference().largest_sum(a.data(), b.data(), n, up));
                    for (const std::uint16_t* r :
                         {static_cast<const std::uint16_t*>(nullptr), random.data()}) {
                        REQUIRE(same(*set, Guarded<std::int8_t>(n),
                                     [&](const Kernels& k, std::int8_t* to) {
                                         k.narrow_sum(to, a.data(), b.data(), n, up, shift, 127, r);
                                     }));
                        REQUIRE(same(*set, Guarded<std::int8_t>(a),
                                     [&](const Kernels& k, std::int8_t* to) {
                                         k.narrow_sum(to, to, b.data(), n, up, shift, 7, r);
                                     }));
                        REQUIRE(same(*set, Guarded<std::int8_t>(b),
                                     [&](const Kernels& k, std::int8_t* to) {
                                         k.narrow_sum(to, a.data(), to, n, up, shift, 127, r);
                                     }));
                    }
                }
}

TEST_CASE("moments equal the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const int channels : {1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 20, 32, 33, 50, 64, 100})
            for (const std::size_t rows : {0u, 1u, 2u, 3u, 9u, 64u, 257u})
                for (const Fill fill : fills) {
                    INFO(set->name << ": " << rows << " x " << channels);
                    const auto columns = static_cast<std::size_t>(channels);
                    const std::size_t n = rows * columns;
                    const int bound = rows > 1 ? 1 << 26 : INT32_MAX;
                    const auto s = numbers<std::int32_t>(n, -bound, bound, fill);
                    const auto e = numbers<std::int8_t>(n, -128, 127, fill);
                    const auto x = numbers<std::int8_t>(n, -128, 127, fill);
                    const Guarded<std::int64_t> sums(numbers<std::int64_t>(columns, -9, 9));
                    std::vector<std::uint64_t> square(columns, 5), square_reference(columns, 5);
                    REQUIRE(same(*set, sums, [&](const Kernels& k, std::int64_t* to) {
                        k.moments(to, (&k == set ? square : square_reference).data(), s.data(),
                                  rows, channels);
                    }));
                    REQUIRE(square == square_reference);
                    std::vector<std::int32_t> products(columns, 5), products_reference(columns, 5);
                    const Guarded<std::int32_t> small(numbers<std::int32_t>(columns, -9, 9));
                    REQUIRE(same(*set, small, [&](const Kernels& k, std::int32_t* to) {
                        k.delta_moments(to, (&k == set ? products : products_reference).data(),
                                        e.data(), x.data(), rows, channels);
                    }));
                    REQUIRE(products == products_reference);
                }
}

TEST_CASE("normalisation equals the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const int channels : {1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 20, 32, 33, 50, 64, 100})
            for (const std::size_t rows : {1u, 2u, 3u, 9u, 64u})
                for (const Fill fill : fills) {
                    INFO(set->name << ": " << rows << " x " << channels);
                    const auto columns = static_cast<std::size_t>(channels);
                    const std::size_t n = rows * columns;
                    const auto word = [&](int low, int high) {
                        return numbers<std::int32_t>(columns, low, high);
                    };
                    const auto s = numbers<std::int32_t>(n, -(1 << 30), 1 << 30, fill);
                    const auto mean = word(-(1 << 30) + 1, (1 << 30) - 1), limit = word(0, 1 << 20);
                    const auto scale = word(-30000, 30000), offset = word(-(1 << 28), 1 << 28);
                    const Normalise p{mean.data(),   limit.data(),         scale.data(),
                                      offset.data(), random_between(5, 9), random_between(1, 127)};
                    REQUIRE(
                        same(*set, Guarded<std::int8_t>(n), [&](const Kernels& k, std::int8_t* to) {
                            k.normalise(to, s.data(), rows, channels, p);
                        }));
                    const auto e = numbers<std::int8_t>(n, -127, 127, fill);
                    const auto x = numbers<std::int8_t>(n, -127, 127, fill);
                    const auto mean_e = word(-32512, 32512), slope = word(-(1 << 23), 1 << 23);
                    const auto gain = word(-400, 400);
                    const NormaliseDelta q{mean_e.data(), slope.data(), gain.data()};
                    REQUIRE(same(*set, Guarded<std::int32_t>(n),
                                 [&](const Kernels& k, std::int32_t* to) {
                                     k.normalise_delta(to, e.data(), x.data(), rows, channels, q);
                                 }));
                }
}

namespace {

SignRule random_rule(int kind, int top) {
    const int decay =
        random_between(0, 3) == 0 ? INT32_MAX / top - 70000 / top : random_between(0, 9);
    const int counter_top = random_between(0, 1) == 0 ? 32767 : random_between(1, 20);
    const bool plain = random_between(0, 2) == 0;
    return {static_cast<SignRuleKind>(kind),
            random_between(0, 3) == 0 ? 32767 : random_between(0, 32767),
            random_between(0, 1) == 0 ? decay : -decay,
            decay > 9 ? random_between(12, 31) : random_between(0, 31),
            random_between(0, 3) == 0 ? 32767 : random_between(0, 32767),
            random_between(0, 31),
            random_between(1, counter_top),
            counter_top,
            top,
            random_between(1, 2),
            plain || random_between(0, 2) == 0
                ? 0
                : random_between(0, 1) * 65535 / random_between(1, 9),
            plain ? 0 : random_between(0, 1),
            plain ? 0 : random_between(0, 1)};
}

template <typename Level>
void check_update(const Kernels& set, std::size_t n, const SignRule& rule, Fill fill) {
    const bool counts = rule.kind == SignRuleKind::bm4;
    const int most = counts ? rule.counter_top : 32767;
    const auto signs = numbers<std::int8_t>(n, -1, 1, fill);
    const auto random = numbers<std::uint16_t>(n, 0, 65535, fill);
    const Guarded<Level> levels(numbers<Level>(n, -rule.top, rule.top, fill));
    const Guarded<std::int16_t> trace(numbers<std::int16_t>(n, -most, most, fill));
    Guarded<Level> expected_levels = levels, got_levels = levels;
    Guarded<std::int16_t> expected_trace = trace, got_trace = trace;
    const auto run = [&](const Kernels& k, Guarded<Level>& l, Guarded<std::int16_t>& t) {
        const std::uint16_t* const r = counts && rule.skip == 0 ? nullptr : random.data();
        if constexpr (sizeof(Level) == 1)
            return k.update8(l.data(), t.data(), signs.data(), r, n, rule);
        else
            return k.update16(l.data(), t.data(), signs.data(), r, n, rule);
    };
    const std::uint64_t expected = run(reference(), expected_levels, expected_trace);
    REQUIRE(run(set, got_levels, got_trace) == expected);
    REQUIRE(got_levels == expected_levels);
    REQUIRE(got_trace == expected_trace);
}

}  // namespace

TEST_CASE("every rule updates as the reference does", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (int kind = 0; kind < 4; ++kind)
            for (const std::size_t n : lengths())
                for (int trial = 0; trial < 12; ++trial) {
                    INFO(set->name << ": rule " << kind << ", " << n << ", trial " << trial);
                    const Fill fill = fills[trial % 4];
                    check_update<std::int8_t>(*set, n, random_rule(kind, trial % 2 ? 127 : 1),
                                              fill);
                    check_update<std::int16_t>(
                        *set, n, random_rule(kind, trial % 2 ? 32767 : random_between(1, 2000)),
                        fill);
                }
}

TEST_CASE("pulses are counted beyond 32 bits", "[kernels]") {
    const std::size_t n = 300000;
    SignRule rule{SignRuleKind::bm1, 32767, 0, 0, 32767, 0, 0, 0, 127, 1};
    for (const Kernels* set : sets_to_test())
        check_update<std::int8_t>(*set, n, rule, Fill::lowest);
}
