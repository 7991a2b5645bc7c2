// A check of packed bytes that some other library is going to read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crossbar {

// Unpacks one zlib stream, checks its sum, forgets the data and returns how many bytes there were.
// Throws Error with `name` and the byte, counted from `offset`, for a stream that is damaged, cut
// off or followed by other bytes. Implemented in gzip.cpp.
std::uint64_t unpacked_zlib(std::span<const std::uint8_t> packed, const std::string& name,
                            std::uint64_t offset);

}  // namespace crossbar
