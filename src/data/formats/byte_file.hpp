// Bytes in order, from wherever they come, with errors that name the place. Nothing is allocated by
// what a file claims. Where they come from: archive.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace crossbar {

// Fills `out`, or as much of it as there is: fewer bytes only at the end of the data. Throws Error
// for an unreadable, truncated or damaged file.
using ByteSource = std::function<std::size_t(std::span<std::uint8_t> out)>;

class ByteFile {
  public:
    // Errors call it `name`.
    ByteFile(std::string name, ByteSource source)
        : name_(std::move(name)), source_(std::move(source)) {}

    std::size_t read(std::span<std::uint8_t> out) {
        const std::size_t got = source_(out);
        offset_ += got;
        return got;
    }

    std::uint64_t offset() const { return offset_; }  // of the next byte, counted in unpacked data
    const std::string& path() const { return name_; }

  private:
    std::string name_;
    ByteSource source_;
    std::uint64_t offset_ = 0;
};

// Exactly out.size() bytes of `what`, or an Error at the offset where the data end.
void read_exactly(ByteFile& file, std::span<std::uint8_t> out, const char* what);

// The `size` bytes of `what` that remain, and not one more, or an Error. Storage grows with what
// has arrived, so a header that claims too much costs nothing. The last read makes packed files
// check their sums.
std::vector<std::uint8_t> read_rest(ByteFile& file, std::size_t size, const char* what);

}  // namespace crossbar
