// The nearest word, and texts taken apart.
#include <catch2/catch.hpp>

#include "base/nearest.hpp"
#include "base/split.hpp"

using namespace crossbar;

TEST_CASE("nearest finds slips and nothing else", "[base]") {
    REQUIRE(edit_distance("", "abc") == 3);
    REQUIRE(edit_distance("kitten", "sitting") == 3);
    REQUIRE(edit_distance("form", "from") == 1);
    REQUIRE(edit_distance("Same", "sAME") == 0);
    const std::vector<std::string> words = {"mnist", "cifar10", "cifar100", "svhn", "bm1"};
    REQUIRE(nearest("mnits", words) == "mnist");
    REQUIRE(nearest("cifar", words) == "cifar10");
    REQUIRE(nearest("CIFAR100", words) == "cifar100");
    REQUIRE(nearest("bm", words) == "bm1");
    REQUIRE(nearest("zebra", words).empty());
    REQUIRE(nearest("", words).empty());
    REQUIRE(nearest("x", {}).empty());
    REQUIRE(suggestion("svnh", words) == " (did you mean 'svhn'?)");
}

TEST_CASE("split keeps empty parts", "[base]") {
    using Parts = std::vector<std::string>;
    CHECK(split("", ",") == Parts{""});
    CHECK(split("a", ",") == Parts{"a"});
    CHECK(split("a,,b,", ",") == Parts{"a", "", "b", ""});
    CHECK(split("a=1;b", "=;") == Parts{"a", "1", "b"});
}
