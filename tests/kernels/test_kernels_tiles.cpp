// What tiles do to inputs and sums: every available instruction set gives the bits of the
// reference, and the reference does what its contract says.
#include <catch2/catch.hpp>
#include <cmath>

#include "kernel_testing.hpp"

using namespace kernel_testing;

TEST_CASE("inputs through a DAC, and their bits, equal the reference", "[kernels][tiles]") {
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths())
            for (const Fill fill : fills)
                for (int drop = 0; drop < 7; ++drop) {
                    INFO(set->name << ": " << n << ", drop " << drop);
                    const auto in = numbers<std::int8_t>(n, -127, 127, fill);
                    const Guarded<std::int8_t> out(n);
                    REQUIRE(same(*set, out, [&](const Kernels& k, std::int8_t* to) {
                        k.round_inputs(to, in.data(), n, drop, 127 >> drop << drop);
                    }));
                    REQUIRE(same(*set, out, [&](const Kernels& k, std::int8_t* to) {
                        k.bit_plane(to, in.data(), n, drop);
                    }));
                }
}

TEST_CASE("conversion, noise and weights of columns equal the reference", "[kernels][tiles]") {
    for (const Kernels* set : sets_to_test())
        for (const std::size_t n : lengths()) {
            if (n == 0) continue;
            const auto columns = static_cast<int>(n);
            for (const Fill fill : fills)
                for (const std::size_t rows : {1u, 3u}) {
                    INFO(set->name << ": " << rows << " x " << n);
                    const auto sums = numbers<std::int32_t>(rows * n, -(1 << 20), 1 << 20, fill);
                    const auto scale = numbers<std::int32_t>(n, 0, 1 << 13, fill);
                    const auto offset = numbers<std::int32_t>(n, -(1 << 27), 1 << 27, fill);
                    const auto gain = numbers<std::int32_t>(n, 0, 1 << 10, fill);
                    const auto halves = numbers<std::uint16_t>(rows * n, 0, 65535, fill);
                    const Guarded<std::int32_t> out(
                        numbers<std::int32_t>(rows * n, -1000000, 1000000));
                    const Converters adcs{scale.data(), offset.data(), 1 << 19, 37, 4, 20, 127};
                    for (const bool accumulate : {false, true}) {
                        REQUIRE(same(*set, out, [&](const Kernels& k, std::int32_t* to) {
                            k.convert(to, sums.data(), rows, columns, adcs, accumulate);
                        }));
                        REQUIRE(same(*set, out, [&](const Kernels& k, std::int32_t* to) {
                            k.add_weighed(to, sums.data(), rows, columns, gain.data(), accumulate);
                        }));
                    }
                    for (const int noise : {0, 1, 777, 1 << 24})
                        REQUIRE(same(*set, out, [&](const Kernels& k, std::int32_t* to) {
                            k.add_noise(to, halves.data(), rows * n, noise);
                        }));
                }
        }
}

TEST_CASE("all 65536 noises have mean 0 and the standard deviation asked for", "[kernels][tiles]") {
    std::vector<std::uint16_t> halves(65536);
    for (std::size_t i = 0; i < halves.size(); ++i)
        halves[i] = static_cast<std::uint16_t>(i);
    std::vector<std::int32_t> sums(halves.size(), 0);
    reference().add_noise(sums.data(), halves.data(), halves.size(), 16 * 1000);
    double sum = 0, squares = 0;
    for (const std::int32_t x : sums) {
        sum += x;
        squares += double{1} * x * x;
    }
    REQUIRE(sum == 0);
    REQUIRE(std::sqrt(squares / 65536) == Approx(1000 * std::sqrt(85.0)));
}

TEST_CASE("a DAC rounds to the nearest, away from zero, and keeps to its range", "[tiles]") {
    for (int x = -127; x <= 127; ++x)
        for (int drop = 1; drop < 7; ++drop) {
            const auto in = static_cast<std::int8_t>(x);
            std::int8_t out = 0;
            const int top = 127 >> drop << drop;
            reference().round_inputs(&out, &in, 1, drop, top);
            const double wanted = std::round(std::abs(x) / std::exp2(drop)) * std::exp2(drop);
            REQUIRE(out == std::copysign(std::min<double>(wanted, top), x));
            int whole = 0;
            for (int bit = 0; bit < 7; ++bit) {
                std::int8_t plane = 0;
                reference().bit_plane(&plane, &in, 1, bit);
                whole += plane * (1 << bit);
            }
            REQUIRE(whole == x);
        }
}
