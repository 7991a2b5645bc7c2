#include "picture.hpp"

#include <array>

#include "crossbar/check.hpp"

namespace crossbar {

Picture decode_picture(std::span<const std::uint8_t> file, const std::string& name) {
    const auto byte = [&](std::size_t i) { return i < file.size() ? file[i] : 0; };
    if (byte(0) == 0xff && byte(1) == 0xd8) return decode_jpeg(file, name);
    if (byte(0) == 0x89 && byte(1) == 'P' && byte(2) == 'N' && byte(3) == 'G')
        return decode_png(file, name);
    fail(
        "{}: byte 0: neither JPEG nor PNG ({} bytes, the first are {:02x} {:02x} {:02x} {:02x}), "
        "expected ff d8 or 89 50 4e 47",
        name, file.size(), byte(0), byte(1), byte(2), byte(3));
}

}  // namespace crossbar
