// The bytes of a file in order, unpacked on the way when the file begins like gzip or xz. Nothing
// is allocated by what a file claims. Files in tar archives: archive.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace crossbar {

// Bytes one after another, from wherever they come. Throws Error where they are damaged.
class ByteSource {
  public:
    ByteSource() = default;
    virtual ~ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    // Fills `out`, or as much of it as there is: fewer bytes only at the end.
    virtual std::size_t read(std::span<std::uint8_t> out) = 0;
};

class ByteFile {
  public:
    explicit ByteFile(const std::string& path);
    // Bytes of another source; errors call it `name`.
    ByteFile(std::string name, std::unique_ptr<ByteSource> source);

    // Fills `out`, or as much of it as there is: fewer bytes only at the end of the data. Throws
    // Error for an unreadable, truncated or damaged file (packed files check their own sums at the
    // end).
    std::size_t read(std::span<std::uint8_t> out);

    std::uint64_t offset() const { return offset_; }  // of the next byte, counted in unpacked data
    const std::string& path() const { return name_; }

  private:
    std::string name_;
    std::unique_ptr<ByteSource> source_;
    std::uint64_t offset_ = 0;
};

// Exactly out.size() bytes of `what`, or an Error at the offset where the data end.
void read_exactly(ByteFile& file, std::span<std::uint8_t> out, const char* what);

// The `size` bytes of `what` that remain, and not one more, or an Error. Storage grows with what
// has arrived, so a header that claims too much costs nothing. The last read makes packed files
// check their sums.
std::vector<std::uint8_t> read_rest(ByteFile& file, std::size_t size, const char* what);

// How many bytes a file has, unpacked: as the end of an xz file tells; a gzip file is unpacked for
// that.
std::uint64_t unpacked_size(const std::string& path);

}  // namespace crossbar
