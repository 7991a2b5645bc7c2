// Records of TensorBoard event files, byte by byte: sums from the standard, a record as TensorFlow
// itself begins its files.
#include <catch2/catch.hpp>
#include <cstring>

#include "run/event_record.hpp"

using namespace crossbar::sim;
using namespace std::string_literals;

TEST_CASE("CRC-32C gives the values of RFC 3720", "[events]") {
    REQUIRE(crc32c("") == 0);
    REQUIRE(crc32c("123456789") == 0xe3069283u);
    REQUIRE(crc32c(std::string(32, '\0')) == 0x8a9136aau);
    REQUIRE(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
    std::string rising;
    for (int i = 0; i < 32; ++i)
        rising += static_cast<char>(i);
    REQUIRE(crc32c(rising) == 0x46dd794eu);
}

TEST_CASE("an event file begins as TensorFlow's do", "[events]") {
    const std::string record = version_record(1.5);
    // A length of 24, its masked sum, and a double and a text.
    REQUIRE(record.substr(0, 12) == "\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22"s);
    REQUIRE(record.substr(12, 24) == "\x09\0\0\0\0\0\0\xf8\x3f\x1a\x0d"s + "brain.Event:2");
    REQUIRE(record.size() == 8 + 4 + 24 + 4);
}

TEST_CASE("scalars and restarts have the fields of event.proto and summary.proto", "[events]") {
    const std::string one = scalars_record(1.5, 300, {{"loss", 0.5f}, {"x", -2.0f}});
    const std::string loss = "\x0a\x04loss\x15\0\0\0\x3f"s, x = "\x0a\x01x\x15\0\0\0\xc0"s;
    const std::string summary = "\x0a\x0b"s + loss + "\x0a\x08"s + x;
    const std::string event =
        "\x09\0\0\0\0\0\0\xf8\x3f\x10\xac\x02\x2a"s + static_cast<char>(summary.size()) + summary;
    REQUIRE(one.substr(12, one.size() - 16) == event);
    const std::string restart = restart_record(1.5, 4);
    REQUIRE(restart.substr(12, restart.size() - 16) ==
            "\x09\0\0\0\0\0\0\xf8\x3f\x10\x04\x3a\x02\x08\x01"s);
}

TEST_CASE("a long tag has a length of two bytes", "[events]") {
    const std::string tag(200, 't'), record = scalars_record(0, 0, {{tag, 1.0f}});
    REQUIRE(record.find("\x0a\xc8\x01"s + tag) != record.npos);
}
