// For tests of readers: small sound files of both kinds, and phone labels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "picture_testing.hpp"

namespace crossbar {

using Samples = std::vector<std::int16_t>;

Samples tone(std::size_t count, double hertz, double loud);

// `coding` is a further line of the header.
Bytes riff(const Samples& samples, std::uint32_t rate = 16000, std::uint32_t channels = 1);
Bytes sphere(const Samples& samples, bool big_endian, const std::string& coding = "");

// TIMIT's 61 phones, in the order of the labels.
const std::vector<std::string>& phone_names();

}  // namespace crossbar
