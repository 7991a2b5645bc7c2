// A text file as a whole, and what may be opened at all.
#pragma once

#include <cstdint>
#include <string>

namespace crossbar {

// Regular files alone: a pipe that nobody writes to would never end, a device perhaps neither.
// Throws Error for what is missing or anything else; `what` it should be, "task file".
void check_regular(const std::string& path, const char* what);

// Throws Error for a file that is no regular one, cannot be read, or is larger than `most` bytes.
std::string text_of_file(const std::string& path, const char* what,
                         std::uint64_t most = std::uint64_t{1} << 26);

}  // namespace crossbar
