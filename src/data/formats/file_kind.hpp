// What a file is by its first bytes, for errors about files that are not what was expected.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crossbar {

// "this is a web page", or nothing where the kind is not known. Wants 262 bytes to know all kinds.
std::string kind_of_file(std::span<const std::uint8_t> head);

// The same of a file's first bytes, unpacked, in brackets: " (this is a web page)", or nothing.
// Never an Error.
std::string hint_of_kind(const std::string& path);

}  // namespace crossbar
