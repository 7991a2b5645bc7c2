// Reads on, skips and counts; every error names file and byte.
#include "data/formats/byte_file.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace crossbar {

constexpr std::size_t first_piece = std::size_t{1} << 20;

void read_exactly(ByteFile& file, std::span<std::uint8_t> out, const char* what) {
    const std::size_t got = file.read(out);
    if (got < out.size())
        fail("{}: byte {}: the data end here, expected {} more bytes of {} (truncated)",
             file.path(), file.offset(), out.size() - got, what);
}

std::vector<std::uint8_t> read_rest(ByteFile& file, std::size_t size, const char* what) {
    std::vector<std::uint8_t> data;
    while (data.size() < size) {
        const std::size_t have = data.size();
        data.resize(std::min(size, std::max(first_piece, 2 * have)));
        const std::size_t got = file.read(std::span(data).subspan(have));
        if (have + got < data.size())
            fail("{}: byte {}: the data end here, expected {} more bytes of {} (truncated)",
                 file.path(), file.offset(), size - have - got, what);
    }
    std::array<std::uint8_t, 1> extra{};
    const std::uint64_t end = file.offset();
    if (file.read(extra) != 0)
        fail("{}: byte {}: more bytes follow, expected the end of the file", file.path(), end);
    return data;
}

}  // namespace crossbar
