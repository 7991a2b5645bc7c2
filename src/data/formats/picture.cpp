// Calls the decoder of a picture by its first bytes, then crops and resizes in integers.
#include "data/formats/picture.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "data/formats/file_kind.hpp"

namespace crossbar {
namespace {

constexpr std::string_view suffixes[] = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp",
                                         ".dib", ".pbm",  ".pgm", ".ppm",  ".pnm", ".pam"};

bool begins(std::span<const std::uint8_t> file, std::string_view start) {
    if (file.size() < start.size()) return false;
    for (std::size_t i = 0; i < start.size(); ++i)
        if (file[i] != static_cast<std::uint8_t>(start[i])) return false;
    return true;
}

[[noreturn]] void refuse(std::span<const std::uint8_t> file, const std::string& name) {
    if (file.empty()) fail("{}: byte 0: the file is empty, 0 bytes", name);
    if (const std::string kind = kind_of_file(file); !kind.empty())
        fail(
            "{}: byte 0: {}, expected JPEG, PNG, BMP, PBM, PGM, PPM or PAM; convert it, or take it "
            "away",
            name, kind);
    std::string seen;
    for (const std::uint8_t byte : file.first(std::min<std::size_t>(file.size(), 4)))
        seen += fmt::format(" {:02x}", byte);
    fail(
        "{}: byte 0: neither JPEG, PNG, BMP nor PBM, PGM, PPM, PAM ({} bytes, the first are{}), "
        "expected ff d8, 89 50 4e 47, 42 4d or 50 31 to 50 37",
        name, file.size(), seen);
}

}  // namespace

std::string suffix_of(std::string_view name) {
    name = name.substr(name.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot == name.npos || dot == 0 || dot + 1 == name.size()) return {};
    std::string suffix(name.substr(dot));
    for (char& c : suffix)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return suffix;
}

bool is_picture_name(std::string_view name) {
    return std::ranges::find(suffixes, suffix_of(name)) != std::end(suffixes);
}

Picture decode_picture(std::span<const std::uint8_t> file, const std::string& name) {
    if (begins(file, "\xff\xd8")) return decode_jpeg(file, name);
    if (begins(file, "\x89PNG")) return decode_png(file, name);
    if (begins(file, "BM")) return decode_bmp(file, name);
    if (begins(file, "P") && file.size() > 1 && file[1] >= '1' && file[1] <= '7')
        return decode_netpbm(file, name);
    refuse(file, name);
}

}  // namespace crossbar
