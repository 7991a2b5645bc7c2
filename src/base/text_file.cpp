// Opens regular files alone, up to a size that a text can have.
#include "base/text_file.hpp"

#include <filesystem>
#include <fstream>

#include "base/check.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

const char* name_of(fs::file_type type) {
    switch (type) {
        case fs::file_type::directory:
            return "a folder";
        case fs::file_type::fifo:
            return "a pipe";
        case fs::file_type::socket:
            return "a socket";
        default:
            return "a device";
    }
}

}  // namespace

void check_regular(const std::string& path, const char* what) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status))
        fail("{}: cannot read this {}: {}; check the path", path, what, error.message());
    if (!fs::is_regular_file(status))
        fail("{}: this is {}, expected a {}; give a regular file", path, name_of(status.type()),
             what);
}

std::string text_of_file(const std::string& path, const char* what, std::uint64_t most) {
    check_regular(path, what);
    std::error_code error;
    const std::uint64_t size = fs::file_size(path, error);
    if (!error && size > most)
        fail("{}: {} bytes, expected a {} of at most {}", path, size, what, most);
    std::ifstream in(path, std::ios::binary);
    std::string text(error ? 0 : size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (error || !in) fail("{}: cannot read this {}; check its permissions", path, what);
    return text;
}

}  // namespace crossbar
