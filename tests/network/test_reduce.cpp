// What the pieces of shared work give is put together whole, once each, for any number of threads.
#include <catch2/catch.hpp>

#include "network/workspace.hpp"

using namespace crossbar;

TEST_CASE("a reduction takes every piece once", "[reduce]") {
    for (const int count : {1, 2, 3, 7}) {
        Threads threads(count);
        const Compute compute{best_kernels(), threads};
        const auto sum = [](std::size_t first, std::size_t last, int) {
            std::uint64_t of_piece = 0;
            for (std::size_t i = first; i < last; ++i)
                of_piece += i;
            return of_piece;
        };
        // 7 divides 1001: the largest is 1001 - 7, first at 142.
        const auto largest = [](std::size_t first, std::size_t last, int) {
            std::uint32_t of_piece = 0;
            for (std::size_t i = first; i < last; ++i)
                of_piece = std::max(of_piece, static_cast<std::uint32_t>(i * 7 % 1001));
            return of_piece;
        };
        const auto metrics = [](std::size_t first, std::size_t last, int) {
            return Metrics{last - first, first == 0, -1};
        };
        for (const std::size_t grain : {1, 10, 1000, 5000}) {
            CAPTURE(count, grain);
            CHECK(compute.reduce<Reduce::sum>(1000, grain, sum) == 499500);
            CHECK(compute.reduce<Reduce::max>(1000, grain, largest) == 994);
            const Metrics m = compute.reduce<Reduce::sum>(1000, grain, metrics);
            CHECK(m.images == 1000);
            CHECK(m.wrong == 1);
            CHECK(m.loss == -static_cast<std::int64_t>((1000 + grain - 1) / grain));
        }
        CHECK(compute.reduce<Reduce::max>(0, 1, largest) == 0);
    }
}
