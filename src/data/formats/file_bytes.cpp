// Reads a file whole, in steps that grow with what has arrived.
#include "data/formats/file_bytes.hpp"

#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "base/text_file.hpp"

namespace crossbar {

std::vector<std::uint8_t> file_bytes(const std::string& path, std::uint64_t most) {
    check_regular(path, "file of data");
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    if (error) fail("{}: cannot read this file: {}", path, error.message());
    if (size > most) fail("{}: {} bytes, expected at most {}", path, size, most);
    std::vector<std::uint8_t> bytes(size);
    std::ifstream in(path, std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!in) fail("{}: byte {}: cannot read this file", path, in.gcount());
    return bytes;
}

}  // namespace crossbar
