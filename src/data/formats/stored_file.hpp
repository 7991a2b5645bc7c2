// A file's bytes as they are stored, and the unpackers of such files. gzip.cpp is the one place
// that knows zlib, xz.cpp the one that knows liblzma.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "data/formats/byte_file.hpp"

namespace crossbar {

class StoredFile {
  public:
    explicit StoredFile(const std::string& path);

    // Makes at least `wanted` bytes (up to 64 KiB) available if the file has them; returns how many
    // there are.
    std::size_t fill(std::size_t wanted);
    std::span<std::uint8_t> ready() { return {buffer_.data() + used_, filled_ - used_}; }
    void take(std::size_t count) { used_ += count; }  // of the ready bytes

    std::uint64_t position() const { return first_ + used_; }  // of the next byte
    std::uint64_t size();
    void seek(std::uint64_t position);
    const std::string& path() const { return path_; }

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    std::array<std::uint8_t, std::size_t{1} << 16> buffer_{};
    std::size_t used_ = 0;     // bytes of the buffer already taken
    std::size_t filled_ = 0;   // bytes of the buffer that are valid
    std::uint64_t first_ = 0;  // position of buffer_[0]
};

bool is_gzip(std::span<const std::uint8_t> head);
std::unique_ptr<ByteSource> gunzip(std::unique_ptr<StoredFile> file);

bool is_xz(std::span<const std::uint8_t> head);
std::unique_ptr<ByteSource> unxz(std::unique_ptr<StoredFile> file);
std::uint64_t xz_size(StoredFile& file);

}  // namespace crossbar
