// Integers packed into fields of words and back, for every width, at both ends of its range.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "base/fields.hpp"

using namespace crossbar;

TEST_CASE("fields hold what they are wide enough for, at both ends", "[processes]") {
    for (int width = 1; width <= 64; ++width) {
        const std::int64_t most = width == 64 ? INT64_MAX : (std::int64_t{1} << (width - 1)) - 1;
        for (const std::size_t n : {1u, 2u, 3u, 31u, 64u, 65u, 200u}) {
            std::mt19937_64 random(static_cast<unsigned>(width));
            std::vector<std::int64_t> values(n), back(n);
            for (std::int64_t& v : values)
                v = static_cast<std::int64_t>(random() % 3 == 0   ? most
                                              : random() % 2 == 0 ? -most - 1
                                                                  : -most / 2);
            std::vector<std::uint64_t> words(field_words(n, width));
            pack_fields(std::span<const std::int64_t>(values), width, words.data());
            // A sum that int64 holds at both ends, too.
            const auto towards_zero = [](std::int64_t v) { return v > 0 ? -1 : 1; };
            std::transform(values.begin(), values.end(), back.begin(), towards_zero);
            add_fields(words.data(), width, back);
            for (std::size_t i = 0; i < n; ++i)
                REQUIRE(back[i] == values[i] + towards_zero(values[i]));
            if (width > 32) continue;
            const std::vector<std::int32_t> narrow(values.begin(), values.end());
            std::vector<std::uint64_t> same(words.size());
            pack_fields(std::span<const std::int32_t>(narrow), width, same.data());
            REQUIRE(same == words);
            std::vector<std::int32_t> again(n, 9), sums(n, 0);
            unpack_fields(words.data(), width, again);
            REQUIRE(again == narrow);
            add_fields(words.data(), width, sums);
            REQUIRE(sums == narrow);
        }
    }
}
