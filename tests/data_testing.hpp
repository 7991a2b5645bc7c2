// What the tests of data files share: folders that go away, whole files, gzip.
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "crossbar/check.hpp"

namespace crossbar::testing {

using Bytes = std::vector<std::uint8_t>;

// A folder of its own that goes away with the test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        static int number = 0;
        path = std::filesystem::temp_directory_path() /
               fmt::format("crossbar_data_{}_{}", ::getpid(), number++);
        std::filesystem::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return (path / name).string(); }
};

inline void write(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
}

// As gzip packs it.
inline Bytes packed(const Bytes& bytes) {
    z_stream z{};
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes out(deflateBound(&z, bytes.size()) + 64);
    Bytes in = bytes;
    z.next_in = in.data();
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = out.data();
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

}  // namespace crossbar::testing
