// xz files, by liblzma itself: through libarchive a small file could take gigabytes, for its
// dictionary may be as large as it says.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace crossbar {

bool is_xz(const std::string& path);

class XzFile {
  public:
    explicit XzFile(const std::string& path);
    ~XzFile();

    // Fewer bytes than asked for only at the end, when all sums have been checked. Throws Error
    // with the byte of the packed file.
    std::size_t read(std::span<std::uint8_t> out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// The unpacked size by the index at the end of a file of one stream; 0: that cannot be told.
std::uint64_t xz_size(const std::string& path);

}  // namespace crossbar
