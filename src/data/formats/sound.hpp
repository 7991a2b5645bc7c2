// Sound files: NIST SPHERE and RIFF WAVE with 16-bit samples on one channel.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace crossbar {

struct Sound {
    int rate = 0;  // samples a second
    std::vector<std::int16_t> samples;
};

// By the first bytes of the file. Throws Error with `name` and byte for damaged, cut off and
// unsupported files; samples that a SPHERE file keeps packed (shorten) are among these.
Sound decode_sound(std::span<const std::uint8_t> file, const std::string& name);

}  // namespace crossbar
