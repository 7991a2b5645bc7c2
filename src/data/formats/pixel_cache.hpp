// Decoded pixels on disk, so that the second run need not decode again. A file an ordered list of
// sources and geometry; it is used only while each source has the size and the time of change that
// it had, and its own checksum is right. Whatever is wrong with a cache is no error: pixels are
// decoded again, and it is written again where that is possible. The file: 8 bytes "crossbar", then
// the words version, stamp, train images, test images, bytes of an image, marks, checksum (64 bits
// each, as the machine has them), then the pixels, train before test, then the marks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/readers.hpp"

namespace crossbar {

class PixelCache {
  public:
    // `version`: of the rules that make pixels of the sources.
    PixelCache(const ReadRequest& request, std::uint64_t version,
               const std::vector<std::vector<std::string>>& sources);

    // Fills the pixels of data, whose shapes and labels are there already, and what the reader
    // marked each source with (as many bytes as it likes to keep). False, and no pixels changed but
    // emptied, when there is no valid cache.
    bool read(TaskData& data, std::span<std::uint8_t> marks, Threads* threads) const;

    void write(const TaskData& data, std::span<const std::uint8_t> marks, Threads* threads) const;

    const std::string& path() const { return path_; }  // empty when nothing is to be cached

  private:
    std::string path_;
    std::uint64_t stamp_ = 0;
};

}  // namespace crossbar
