// The bytes of a file in order, inflated on the way when the file begins like gzip. The one place
// that knows zlib. Nothing is allocated by what a file claims.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace crossbar {

class ByteFile {
  public:
    explicit ByteFile(const std::string& path);
    ~ByteFile();
    ByteFile(const ByteFile&) = delete;
    ByteFile& operator=(const ByteFile&) = delete;

    // Fills `out`, or as much of it as there is: fewer bytes only at the end of the data. Throws
    // Error for an unreadable, truncated or damaged file (gzip checks its own CRC at the end).
    std::size_t read(std::span<std::uint8_t> out);

    std::uint64_t offset() const;  // of the next byte, counted in inflated data
    const std::string& path() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crossbar
