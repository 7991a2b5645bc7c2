// Products, packing and transposition of every available instruction set give the bits of the
// reference, on awkward sizes (1..10, powers of two +- 1, deep, thin) and extreme values, and write
// nothing outside their output. The random halves are those of the generator, and it agrees with
// its published vectors.
#include <catch2/catch.hpp>

#include "base/philox.hpp"
#include "kernel_testing.hpp"

using namespace kernel_testing;

namespace {

struct Product {
    int m, n, depth;
    Unsigned which;
    Fill a, b;
    int slack;      // the rows of a and c are this much longer than they need to be
    int top = 127;  // the largest magnitude in a, but for a few where it is not 127
};

std::string text(const Product& p) {
    return std::to_string(p.m) + " x " + std::to_string(p.n) + " x " + std::to_string(p.depth) +
           ", unsigned " + std::to_string(static_cast<int>(p.which)) + ", fills " +
           std::to_string(static_cast<int>(p.a)) + " " + std::to_string(static_cast<int>(p.b)) +
           ", slack " + std::to_string(p.slack);
}

// Packs rows of b in one of the three ways that strides allow.
std::vector<std::int8_t> packed(const Kernels& set, const std::vector<std::int8_t>& b, int n,
                                int depth, Unsigned which, int way, bool& intact) {
    const std::ptrdiff_t row = way == 0 ? depth : way == 1 ? 1 : 2;
    const std::ptrdiff_t step = way == 0 ? 1 : way == 1 ? n : 2 * n;
    std::vector<std::int8_t> source(way == 2 ? 2 * b.size() : b.size());
    for (int i = 0; i < n; ++i)
        for (int d = 0; d < depth; ++d)
            source[static_cast<std::size_t>(i * row + d * step)] =
                b[static_cast<std::size_t>(i) * static_cast<std::size_t>(depth) +
                  static_cast<std::size_t>(d)];
    const std::size_t bytes = set.packed_bytes(n, depth, which);
    Guarded<std::int8_t> out(bytes);
    set.pack(out.data(), source.data(), n, depth, row, step, which);
    intact = intact && out.intact();
    return {out.data(), out.data() + bytes};
}

// The reference's sums are computed once for all sets, strides and ways of packing.
void check_product(const Product& p, const std::vector<const Kernels*>& sets) {
    const bool left = p.which == Unsigned::left, right = p.which == Unsigned::packed;
    const auto rows = static_cast<std::size_t>(p.m), columns = static_cast<std::size_t>(p.n);
    const auto depth = static_cast<std::size_t>(p.depth);
    const std::size_t stride = depth + static_cast<std::size_t>(p.slack);
    const std::size_t c_stride = columns + static_cast<std::size_t>(p.slack);
    auto a = numbers<std::int8_t>((rows - 1) * stride + depth + 63, left ? 0 : -p.top, p.top, p.a);
    for (int i = 0; p.top < 127 && i < p.m / 8; ++i)
        a[static_cast<std::size_t>(random_between(0, static_cast<int>(a.size()) - 1))] = 127;
    const auto b = numbers<std::int8_t>(columns * depth, right ? 0 : -128, 127, p.b);
    const auto start = numbers<std::int32_t>((rows - 1) * c_stride + columns, -1000000, 1000000);
    for (const bool accumulate : {false, true}) {
        const auto run = [&](const Kernels& set, const std::vector<std::int8_t>& bytes) {
            Guarded<std::int32_t> c(start);
            set.product(c.data(), static_cast<std::ptrdiff_t>(c_stride), a.data(),
                        static_cast<std::ptrdiff_t>(stride), p.m, bytes.data(), p.n, p.depth,
                        p.which, accumulate);
            return c;
        };
        const Guarded<std::int32_t> expected = run(reference(), b);
        bool good = expected.intact();
        for (const Kernels* set : sets) {
            INFO(set->name << ": " << text(p) << (accumulate ? ", accumulating" : ""));
            for (int way = 0; way < 3; ++way)
                good = good &&
                       run(*set, packed(*set, b, p.n, p.depth, p.which, way, good)) == expected;
            REQUIRE(good);
        }
    }
}

}  // namespace

TEST_CASE("products of every shape, sign and stride equal the reference", "[kernels]") {
    const auto sets = sets_to_test();
    const Unsigned kinds[] = {Unsigned::left, Unsigned::packed, Unsigned::neither};
    const int sizes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 31, 33, 63, 65};
    for (const Unsigned which : kinds) {
        for (const int n : sizes)
            for (const int depth : {1, 3, 4, 5, 15, 16, 17, 33, 66})
                check_product(
                    {random_between(1, 14), n, depth, which, Fill::random, Fill::random, n % 3},
                    sets);
        for (int m = 1; m <= 26; ++m)
            check_product({m, 20, 25, which, Fill::random, Fill::random, 0}, sets);
        for (const Fill a : fills)
            for (const Fill b : fills)
                check_product({7, 67, 37, which, a, b, 5}, sets);
    }
}

TEST_CASE("deep and wide products equal the reference", "[kernels]") {
    const auto sets = sets_to_test();
    const Unsigned kinds[] = {Unsigned::left, Unsigned::packed, Unsigned::neither};
    for (const Unsigned which : kinds) {
        for (const Fill fill : fills)
            check_product({3, 5, 66001, which, fill, fill, 1}, sets);
        check_product({2, 1, 132103, which, Fill::highest, Fill::lowest, 0}, sets);
        check_product({5, 70, 3001, which, Fill::random, Fill::random, 0}, sets);
        check_product({3, 1030, 9, which, Fill::random, Fill::random, 7}, sets);
        check_product({1030, 3, 9, which, Fill::random, Fill::random, 7}, sets);
        check_product({64, 50, 500, which, Fill::random, Fill::random, 0}, sets);
    }
}

TEST_CASE("products of rows of small numbers equal the reference", "[kernels]") {
    const auto sets = sets_to_test();
    // Sets may take a short cut where numbers are small; 14 and 15 are next to where it ends.
    for (const Unsigned which : {Unsigned::left, Unsigned::packed, Unsigned::neither})
        for (const int top : {0, 1, 7, 14, 15, 16, 31})
            for (const Fill a : fills)
                for (const Fill b : {Fill::lowest, Fill::highest, Fill::random}) {
                    check_product({9, 35, 66, which, a, b, 0, top}, sets);
                    if (b == Fill::lowest) check_product({26, 9, 2085, which, a, b, 3, top}, sets);
                }
    check_product({777, 17, 130, Unsigned::neither, Fill::random, Fill::random, 0, 14}, sets);
}

namespace {

// Products of rows that are runs: lines of rows as windows in a map, and runs by lines and images.
struct Runs {
    int m, n;
    Steps rows, runs;
    int run, run_count;
};

std::size_t end_of(const Steps& s, int count) {
    std::ptrdiff_t last = 0;
    for (int i = 0; i < count; ++i)
        last = std::max(last, i / s.inner * s.outer + i % s.inner * s.stride);
    return static_cast<std::size_t>(last);
}

void check_runs(const Runs& p, Unsigned which, int top, const std::vector<const Kernels*>& sets) {
    const int depth = p.run * p.run_count;
    const std::size_t size =
        end_of(p.rows, p.m) + end_of(p.runs, p.run_count) + static_cast<std::size_t>(p.run) + 63;
    const bool left = which == Unsigned::left, right = which == Unsigned::packed;
    const auto a = numbers<std::int8_t>(size, left ? 0 : -top, top);
    const auto b = numbers<std::int8_t>(
        static_cast<std::size_t>(p.n) * static_cast<std::size_t>(depth), right ? 0 : -128, 127);
    const Guarded<std::int32_t> start(numbers<std::int32_t>(
        static_cast<std::size_t>(p.m) * static_cast<std::size_t>(p.n), -1000000, 1000000));
    const LeftRows rows{a.data(), p.rows, p.runs, p.run, p.run_count};
    for (const Kernels* set : sets)
        for (const bool accumulate : {false, true}) {
            INFO(set->name << ": " << p.m << " x " << p.n << " x " << p.run_count << " of " << p.run
                           << ", lines of " << p.rows.inner << ", unsigned "
                           << static_cast<int>(which));
            bool good = true;
            REQUIRE(same(*set, start, [&](const Kernels& k, std::int32_t* c) {
                const auto bytes = packed(k, b, p.n, depth, which, 0, good);
                k.product_of_runs(c, p.n, rows, p.m, bytes.data(), p.n, which, accumulate);
            }));
            REQUIRE(good);
        }
}

}  // namespace

TEST_CASE("products of rows made of runs equal the reference", "[kernels]") {
    const auto sets = sets_to_test();
    for (const Unsigned which : {Unsigned::left, Unsigned::packed, Unsigned::neither})
        for (const int top : {127, 9}) {
            for (const int n : {1, 3, 8, 16, 17, 20, 32, 33, 50, 64, 65})
                for (const int line : {1, 2, 7, 8, 15, 16, 17, 32}) {
                    // Windows of 3 x 3 pixels of 4 channels, some lines of them.
                    const std::ptrdiff_t map = (line + 2) * 4;
                    check_runs({3 * line - line / 2, n, {line, 4, map}, {3, map, 0}, 12, 3}, which,
                               top, sets);
                    // Channels of turned maps, by lines of 8 pixels of three images.
                    check_runs({line, n, {line, 331, 0}, {5, 10, 70}, 8, 15}, which, top, sets);
                }
            // Deeper than any slice, with runs that slices cut; more rows than are looked at at
            // once.
            check_runs({7, 33, {3, 20, 2000}, {2, 1300, 3000}, 1284, 4}, which, top, sets);
            check_runs({9, 20, {9, 64, 0}, {1, 0, 0}, 2603, 1}, which, top, sets);
            check_runs({801, 5, {40, 8, 400}, {3, 336, 0}, 24, 3}, which, top, sets);
        }
}

TEST_CASE("transposition equals the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const int rows : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 576})
            for (const int columns : {1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 20, 33, 50}) {
                INFO(set->name << ": " << rows << " x " << columns);
                const auto in =
                    numbers<std::int8_t>(static_cast<std::size_t>(rows * columns), -128, 127);
                const std::ptrdiff_t stride = rows + columns % 3;
                const auto size = static_cast<std::size_t>((columns - 1) * stride + rows);
                REQUIRE(
                    same(*set, Guarded<std::int8_t>(size), [&](const Kernels& k, std::int8_t* out) {
                        k.transpose(out, stride, in.data(), rows, columns);
                    }));
            }
}

TEST_CASE("philox agrees with the published vectors", "[kernels]") {
    using Words = std::array<std::uint32_t, 4>;
    constexpr std::uint32_t ones = 0xffffffffu;
    REQUIRE(philox4x32({0, 0, 0, 0}, {0, 0}) ==
            Words{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
    REQUIRE(philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
            Words{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
    REQUIRE(philox4x32({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
                       {0xa4093822u, 0x299f31d0u}) ==
            Words{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
}

TEST_CASE("random halves are those of the stream, wherever one starts", "[kernels]") {
    const std::uint64_t starts[] = {0, 1, 5, 7, 8, 1001, (1ull << 35) - 40};
    for (const Kernels* set : all_kernels()) {
        if (!set->available()) continue;
        for (const std::uint64_t first : starts)
            for (const std::size_t n : lengths()) {
                INFO(set->name << ": " << n << " from " << first);
                const Stream s{0x299f31d0a4093822ull, 0x13198a2e85a308d3ull, 0x03707344u};
                Guarded<std::uint16_t> out(n);
                set->random_halves(out.data(), first, n, s.seed, s.step, s.tag);
                REQUIRE(out.intact());
                bool good = true;
                for (std::size_t i = 0; i < n; ++i)
                    good = good && out.data()[i] == random_half(s, first + i);
                REQUIRE(good);
            }
    }
}

TEST_CASE("instruction sets are found by name and the best is available", "[kernels]") {
    REQUIRE(best_kernels().available());
    REQUIRE(all_kernels().back() == find_kernels("reference"));
    REQUIRE(find_kernels("no such set") == nullptr);
    for (const Kernels* set : all_kernels())
        REQUIRE(find_kernels(set->name) == set);
}
