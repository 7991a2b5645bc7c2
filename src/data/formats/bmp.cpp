// BMP, Windows' and OS/2's: 1, 4, 8, 16, 24 and 32 bits per pixel, either way up, with a palette,
// channel masks or run lengths. No library of Debian reads it alone.
#include <algorithm>
#include <array>
#include <bit>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/scanlines.hpp"

namespace crossbar {
namespace {

enum Packing : std::uint32_t { none = 0, run8 = 1, run4 = 2, masks = 3, alpha_masks = 6 };

struct File {
    std::span<const std::uint8_t> bytes;
    const std::string& name;

    [[noreturn]] void wrong(std::size_t at, const std::string& what) const {
        fail("{}: byte {}: damaged BMP, or one that this program cannot read: {}", name, at, what);
    }
    std::uint32_t word(std::size_t at, std::size_t size) const {
        if (at > bytes.size() || bytes.size() - at < size)
            wrong(bytes.size(), "the data end here (truncated)");
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value |= std::uint32_t{bytes[at + i]} << 8 * i;
        return value;
    }
};

struct BmpHeader {
    std::size_t pixels = 0;  // where they begin
    std::size_t width = 0, height = 0;
    bool from_top = false;
    std::uint32_t bits = 0, packing = none;
    std::array<std::uint32_t, 4> mask{};               // of red, green, blue, alpha
    std::vector<std::array<std::uint8_t, 3>> palette;  // RGB
};

constexpr std::size_t at_info = 14;

void read_size(const File& file, std::size_t info, BmpHeader& header) {
    if (info == 12) {
        header.width = file.word(18, 2);
        header.height = file.word(20, 2);
        header.bits = file.word(24, 2);
    } else {
        const auto width = static_cast<std::int32_t>(file.word(18, 4));
        const auto height = static_cast<std::int32_t>(file.word(22, 4));
        if (width < 0) file.wrong(18, fmt::format("a width of {}", width));
        header.width = static_cast<std::size_t>(width);
        header.height = static_cast<std::size_t>(std::abs(std::int64_t{height}));
        header.from_top = height < 0;
        header.bits = file.word(28, 2);
        header.packing = file.word(30, 4);
    }
    if (header.width == 0 || header.height == 0 || header.height > most_file_pixels / header.width)
        file.wrong(18,
                   fmt::format("{} x {} pixels, expected 1 to 2^30", header.width, header.height));
}

void read_palette(const File& file, std::size_t info, BmpHeader& header) {
    const std::size_t entry = info == 12 ? 3 : 4;
    const std::uint32_t colours = info == 12 ? 0 : file.word(46, 4), most = 1u << header.bits;
    for (std::size_t i = 0; i < (colours == 0 ? most : std::min(colours, most)); ++i) {
        const std::size_t at = at_info + info + entry * i;
        if (at + entry > header.pixels) break;
        const std::uint32_t bgr = file.word(at, 3);
        header.palette.push_back({static_cast<std::uint8_t>(bgr >> 16),
                                  static_cast<std::uint8_t>(bgr >> 8),
                                  static_cast<std::uint8_t>(bgr)});
    }
}

void read_masks(const File& file, std::size_t info, BmpHeader& header) {
    if (header.packing == none) {
        header.mask = {0xff0000, 0xff00, 0xff, 0};
        if (header.bits == 16) header.mask = {0x7c00, 0x3e0, 0x1f, 0};
        return;
    }
    const bool with_alpha = info >= 56 || header.packing == alpha_masks;
    for (std::size_t c = 0; c < (with_alpha ? 4u : 3u); ++c)
        header.mask[c] = file.word(at_info + 40 + 4 * c, 4);
    for (const std::uint32_t mask : header.mask)
        if (mask != 0 && !std::has_single_bit((mask >> std::countr_zero(mask)) + std::uint64_t{1}))
            file.wrong(at_info + 40, fmt::format("a channel's mask of {:08x}", mask));
}

BmpHeader header_of(const File& file) {
    BmpHeader header;
    header.pixels = file.word(10, 4);
    const std::size_t info = file.word(at_info, 4);
    if (info != 12 && (info < 40 || info > 124))
        file.wrong(at_info, fmt::format("a header of {} bytes, expected 12 or 40 to 124", info));
    read_size(file, info, header);
    const std::uint32_t bits = header.bits, packing = header.packing;
    if (packing > masks && packing != alpha_masks)
        file.wrong(30, fmt::format("packing {}, expected 0 to 3 or 6", packing));
    const auto one_of = [&](std::initializer_list<std::uint32_t> all) {
        return std::ranges::find(all, bits) != all.end();
    };
    if (!(packing == none   ? one_of({1, 4, 8, 16, 24, 32})
          : packing == run8 ? one_of({8})
          : packing == run4 ? one_of({4})
                            : one_of({16, 32})))
        file.wrong(28, fmt::format("{} bits per pixel, packing {}", bits, packing));
    if (bits <= 8)
        read_palette(file, info, header);
    else
        read_masks(file, info, header);
    return header;
}

// The place in the palette of every pixel of packed runs, rows as the file has them. What no run
// reaches has place 0.
std::vector<std::uint8_t> unpack(const File& file, const BmpHeader& header) {
    const std::size_t all = header.width * header.height;
    if (all > most_picture_pixels || all / 256 > file.bytes.size())
        file.wrong(18, "more pixels than packed data of this size can plausibly hold");
    std::vector<std::uint8_t> places(all);
    std::size_t x = 0, y = 0, at = header.pixels;
    const bool four = header.packing == run4;
    const auto put = [&](std::uint32_t place) {
        if (x >= header.width || y >= header.height) file.wrong(at, "a run leaves the picture");
        places[y * header.width + x++] = static_cast<std::uint8_t>(place);
    };
    while (true) {
        const std::uint32_t count = file.word(at, 1), value = file.word(at + 1, 1);
        at += 2;
        if (count > 0) {
            for (std::uint32_t i = 0; i < count; ++i)
                put(!four ? value : i % 2 == 0 ? value >> 4 : value & 15);
        } else if (value == 0) {  // end of the row
            x = 0;
            ++y;
        } else if (value == 1) {
            return places;
        } else if (value == 2) {  // on by so many columns and rows
            x += file.word(at, 1);
            y += file.word(at + 1, 1);
            at += 2;
        } else {  // so many places as they are, filled to 16 bits
            for (std::uint32_t i = 0; i < value; ++i) {
                const std::uint32_t byte = file.word(at + (four ? i / 2 : i), 1);
                put(!four ? byte : i % 2 == 0 ? byte >> 4 : byte & 15);
            }
            at += ((four ? (value + 1) / 2 : value) + 1) / 2 * 2;
        }
    }
}

Picture paint_palette(const File& file, const BmpHeader& header) {
    const bool packed = header.packing != none;
    const std::vector<std::uint8_t> places =
        packed ? unpack(file, header) : std::vector<std::uint8_t>();
    const std::size_t stride = (header.width * header.bits + 31) / 32 * 4;
    const std::size_t per_byte = 8 / header.bits;
    Scanlines lines(header.height, header.width);
    std::vector<std::uint8_t> row;
    for (std::size_t y = 0; y < header.height; ++y) {
        const std::size_t from = header.from_top ? y : header.height - 1 - y;
        row.clear();
        for (std::size_t x = 0; x < header.width; ++x) {
            const std::size_t at = header.pixels + from * stride + x / per_byte;
            const std::size_t shift = 8 - header.bits * (x % per_byte + 1);
            const std::uint32_t place = packed
                                            ? places[from * header.width + x]
                                            : file.word(at, 1) >> shift & ((1u << header.bits) - 1);
            if (place >= header.palette.size())
                file.wrong(packed ? header.pixels : at, fmt::format("colour {} of a palette of {}",
                                                                    place, header.palette.size()));
            row.insert(row.end(), header.palette[place].begin(), header.palette[place].end());
        }
        lines.add_rgb(row);
    }
    return lines.picture();
}

std::uint8_t channel(std::uint32_t pixel, std::uint32_t mask) {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    const std::uint64_t most = mask >> shift, value = (pixel & mask) >> shift;
    return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
}

Picture paint_masks(const File& file, const BmpHeader& header) {
    const std::size_t size = header.bits / 8;
    const std::size_t stride = (header.width * header.bits + 31) / 32 * 4;
    const auto pixel = [&](std::size_t y, std::size_t x) {
        const std::size_t from = header.from_top ? y : header.height - 1 - y;
        return file.word(header.pixels + from * stride + x * size, size);
    };
    // Programs that know no alpha leave 0 in it everywhere.
    bool alpha = false;
    for (std::size_t y = 0; y < header.height && header.mask[3] != 0 && !alpha; ++y)
        for (std::size_t x = 0; x < header.width; ++x)
            alpha |= (pixel(y, x) & header.mask[3]) != 0;
    Scanlines lines(header.height, header.width);
    std::vector<std::uint8_t> row;
    for (std::size_t y = 0; y < header.height; ++y) {
        row.clear();
        for (std::size_t x = 0; x < header.width; ++x) {
            const std::uint32_t value = pixel(y, x);
            for (std::size_t c = 0; c < 3; ++c)
                row.push_back(channel(value, header.mask[c]));
            row.push_back(alpha ? channel(value, header.mask[3]) : 255);
        }
        lines.add_rgba(row);
    }
    return lines.picture();
}

}  // namespace

Picture decode_bmp(std::span<const std::uint8_t> bytes, const std::string& name) {
    const File file{bytes, name};
    const BmpHeader header = header_of(file);
    return header.bits <= 8 ? paint_palette(file, header) : paint_masks(file, header);
}

}  // namespace crossbar
