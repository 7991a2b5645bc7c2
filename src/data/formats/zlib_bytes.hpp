// Bytes that zlib packed, inside files of another format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace crossbar {

// Unpacks one zlib stream and checks its sum; of a stream that holds more than `most` bytes, those
// alone, and no sum. Throws Error with `name` and the byte, counted from `offset`, for a stream
// that is damaged, cut off or followed by other bytes. Implemented in gzip.cpp.
std::vector<std::uint8_t> unpack_zlib(std::span<const std::uint8_t> packed, std::size_t most,
                                      const std::string& name, std::uint64_t offset);

}  // namespace crossbar
