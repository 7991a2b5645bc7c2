// A table of first bytes and the names of what begins with them.
#include "data/formats/file_kind.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/check.hpp"
#include "data/formats/archive.hpp"

namespace crossbar {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t head_size = 262;

struct StartMark {
    std::string_view bytes;
    std::string_view what;
    std::size_t at = 0;
};

constexpr StartMark start_marks[] = {
    {"\x80\x02"sv, "a Python pickle"},
    {"\x80\x03"sv, "a Python pickle"},
    {"\x80\x04"sv, "a Python pickle"},
    {"\x80\x05"sv, "a Python pickle"},
    {"\x93NUMPY"sv, "a NumPy array"},
    {"PK\x03\x04"sv, "a zip archive"},
    {"7z\xbc\xaf"sv, "a 7z archive"},
    {"Rar!"sv, "a rar archive"},
    {"BZh"sv, "packed by bzip2"},
    {"\x28\xb5\x2f\xfd"sv, "packed by zstd"},
    {"\x1f\x8b"sv, "packed by gzip"},
    {"\xfd"
     "7zXZ"sv,
     "packed by xz"},
    {"ustar"sv, "a tar archive", 257},
    {"\x89HDF"sv, "an HDF5 file"},
    {"MATLAB"sv, "a MATLAB file"},
    {"PAR1"sv, "a Parquet file"},
    {"%PDF"sv, "a PDF document"},
    {"\x89PNG"sv, "a PNG picture"},
    {"\xff\xd8\xff"sv, "a JPEG picture"},
    {"GIF8"sv, "a GIF picture"},
    {"WEBP"sv, "a WebP picture", 8},
    {"II*\0"sv, "a TIFF picture"},
    {"MM\0*"sv, "a TIFF picture"},
    {"ftyp"sv, "a HEIF or AVIF picture, or a video", 4},
    {"jP  "sv, "a JPEG 2000 picture", 4},
    {"JXL "sv, "a JPEG XL picture", 4},
    {"\xff\x0a"sv, "a JPEG XL picture"},
    {"8BPS"sv, "a Photoshop picture"},
    {"PF\n"sv, "a PFM picture"},
    {"<svg"sv, "an SVG drawing"},
    {"<?xml"sv, "an XML document"},
    {"version https://git-lfs"sv, "a pointer of Git LFS in the file's place: git lfs pull"},
    {"<!doctype html"sv, "a web page"},
    {"<html"sv, "a web page"},
    {"fLaC"sv, "FLAC sound"},
    {"OggS"sv, "Ogg sound"},
    {"ID3"sv, "MP3 sound"},
    {"FORM"sv, "AIFF sound"},
    {"RIFX"sv, "RIFF of big-endian order"},
    {"RF64"sv, "RF64 sound"},
    {"ajkg"sv, "sound packed by shorten: sph2pipe"},
};

char lower(std::uint8_t byte) {
    return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool is_at(std::span<const std::uint8_t> head, const StartMark& mark) {
    if (head.size() < mark.at + mark.bytes.size()) return false;
    return std::equal(
        mark.bytes.begin(), mark.bytes.end(), head.begin() + static_cast<std::ptrdiff_t>(mark.at),
        [](char c, auto byte) { return lower(static_cast<std::uint8_t>(c)) == lower(byte); });
}

}  // namespace

std::string kind_of_file(std::span<const std::uint8_t> head) {
    for (const StartMark& mark : start_marks)
        if (is_at(head, mark)) return fmt::format("this is {}", mark.what);
    return {};
}

std::string hint_of_kind(const std::string& path) try {
    std::array<std::uint8_t, head_size> head{};
    ByteFile file = open_file(path);
    const std::string kind = kind_of_file(std::span(head).first(file.read(head)));
    return kind.empty() ? kind : fmt::format(" ({})", kind);
} catch (const Error&) {
    return {};
}

}  // namespace crossbar
