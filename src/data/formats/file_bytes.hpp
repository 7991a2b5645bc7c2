// A file as a whole, for formats that are decoded from memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crossbar {

// Throws Error for a file that cannot be read, or that is larger than `most` bytes.
std::vector<std::uint8_t> file_bytes(const std::string& path,
                                     std::uint64_t most = std::uint64_t{1} << 28);

}  // namespace crossbar
