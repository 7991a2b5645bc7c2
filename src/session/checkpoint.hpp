// A run on disk: its settings (text that only the program understands), its progress, and all of
// the network's state, so that a resumed run goes on bit for bit.
//
// Format, little-endian: magic (8 bytes), version (u32), 0 (u32), length of the whole file (u64),
// settings, progress, state, checksum (FNV-1a of all before it, the last 8 bytes in every version).
// Vectors are a u64 count and their elements. Nothing is believed before the checksum agrees
// and each number is in its range.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "float/float_network.hpp"
#include "network/network.hpp"
#include "training/run.hpp"

namespace crossbar {

struct Checkpoint {
    std::string path;  // for messages
    std::string settings;
    Progress progress;
    std::string state;  // the network's part, as it stands in the file
};

// Takes the bytes of a file, one piece after the other.
using PutPiece = std::function<void(std::string_view)>;

void write_checkpoint(const std::string& settings, const Progress& progress, const Network& network,
                      const PutPiece& put);
void write_checkpoint(const std::string& settings, const Progress& progress,
                      const FloatNetwork& network, const PutPiece& put);

// The bytes of a small file.
template <typename AnyNetwork>
std::string checkpoint_of(const std::string& settings, const Progress& progress,
                          const AnyNetwork& network) {
    std::string bytes;
    write_checkpoint(settings, progress, network,
                     [&bytes](std::string_view piece) { bytes += piece; });
    return bytes;
}

// Reads a file. Throws Error when it is missing, empty, truncated, foreign, damaged or newer, or
// when its progress is none that training makes.
Checkpoint load_checkpoint(const std::string& path);

// Puts the state into a network that was made with the same settings. Throws Error where a size
// does not agree with it, or a number is beyond its range; the network is then of no use.
void restore(const Checkpoint& checkpoint, Network& network);
void restore(const Checkpoint& checkpoint, FloatNetwork& network);

}  // namespace crossbar
