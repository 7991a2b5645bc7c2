// Writing a file so that it is either the old one or the new one, never a part.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace crossbar {

// Replaces a file as a whole: written aside in the same folder, synced, renamed. On an error (a
// full disk, no permission) throws Error; the old file is as it was and nothing else is left
// behind.
void replace_file(const std::string& path, std::string_view bytes);

// The same with the file in pieces, one behind the other.
void replace_file(const std::string& path, std::span<const std::string_view> pieces);

// All of that but the renaming: fails now rather than after hours of training.
void rehearse_replacing(const std::string& path, std::string_view bytes);

}  // namespace crossbar
