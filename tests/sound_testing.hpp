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
// As WAVE_FORMAT_EXTENSIBLE; and as a writer to a pipe leaves it, the lengths of the whole and of
// the samples being those.
Bytes extensible_riff(const Samples& samples);
Bytes open_riff(const Samples& samples, std::uint32_t whole, std::uint32_t length);
Bytes sphere(const Samples& samples, bool big_endian, const std::string& coding = "");

void put_little(Bytes& file, std::size_t at, std::uint32_t value, std::size_t size);

// TIMIT's 61 phones, in the order of the labels.
const std::vector<std::string>& phone_names();

}  // namespace crossbar
