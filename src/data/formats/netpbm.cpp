// The netpbm family: PBM, PGM, PPM in ASCII (P1 to P3) and binary (P4 to P6), and PAM (P7), of one
// or two bytes per sample.
#include <algorithm>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/scanlines.hpp"

namespace crossbar {
namespace {

bool is_blank(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

// The file and how far it is read.
struct Text {
    std::span<const std::uint8_t> bytes;
    const std::string& name;
    std::size_t at = 0;

    [[noreturn]] void wrong(const std::string& what) const {
        fail("{}: byte {}: damaged picture of the netpbm family: {}", name, at, what);
    }
    int peek() const { return at < bytes.size() ? bytes[at] : -1; }
    void skip_line() {
        while (peek() >= 0 && peek() != '\n')
            ++at;
    }
    void skip_blanks() {
        while (is_blank(peek()) || peek() == '#')
            peek() == '#' ? skip_line() : static_cast<void>(++at);
    }
    std::string word() {
        skip_blanks();
        std::string text;
        while (peek() >= 0 && !is_blank(peek()) && text.size() < 32)
            text += static_cast<char>(bytes[at++]);
        return text;
    }
    std::size_t number(std::size_t most) {
        skip_blanks();
        std::size_t value = 0;
        if (peek() < 0) wrong("the data end here (truncated)");
        if (!is_digit(peek())) wrong("expected a number");
        for (; is_digit(peek()); ++at) {
            value = 10 * value + static_cast<std::size_t>(peek() - '0');
            if (value > most) wrong(fmt::format("a number above {}", most));
        }
        return value;
    }
};

struct NetpbmHeader {
    char kind = 0;                                           // of "P1" to "P7"
    std::size_t width = 0, height = 0, depth = 1, most = 1;  // most: the value of white
    bool ascii() const { return kind <= '3'; }
    bool bitmap() const { return kind == '1' || kind == '4'; }
};

constexpr std::size_t most_side = std::size_t{1} << 30;

void read_pam(Text& text, NetpbmHeader& header) {
    header.depth = header.most = 0;
    std::string tuple;
    for (std::string key; (key = text.word()) != "ENDHDR";) {
        if (key == "WIDTH")
            header.width = text.number(most_side);
        else if (key == "HEIGHT")
            header.height = text.number(most_side);
        else if (key == "DEPTH")
            header.depth = text.number(4);
        else if (key == "MAXVAL")
            header.most = text.number(65535);
        else if (key == "TUPLTYPE")
            tuple = text.word();
        else
            text.wrong(fmt::format("'{}', expected WIDTH, HEIGHT, DEPTH, MAXVAL or ENDHDR", key));
    }
    if (header.depth == 0) text.wrong("no DEPTH of 1 to 4");
    if (header.depth % 2 == 0 && !tuple.empty() && !tuple.ends_with("_ALPHA"))
        text.wrong(fmt::format("samples of the kind {}, expected grey or RGB", tuple));
}

NetpbmHeader read_header(Text& text) {
    NetpbmHeader header;
    header.kind = static_cast<char>(text.bytes[1]);
    text.at = 2;
    if (!is_blank(text.peek()) && text.peek() != '#') text.wrong("expected a blank");
    if (header.kind == '7') {
        read_pam(text, header);
    } else {
        header.width = text.number(most_side);
        header.height = text.number(most_side);
        if (!header.bitmap()) header.most = text.number(65535);
        if (header.kind == '3' || header.kind == '6') header.depth = 3;
    }
    if (header.width == 0 || header.height == 0 || header.most == 0 ||
        header.height > most_file_pixels / header.width)
        text.wrong(fmt::format("{} x {} pixels of 0 to {}, expected 1 to 2^30 pixels", header.width,
                               header.height, header.most));
    if (!header.ascii()) {
        if (!is_blank(text.peek())) text.wrong("expected one blank before the pixels");
        ++text.at;
    }
    return header;
}

// One sample, 0 to header.most. Of a binary bitmap, the pixel in column x of its row.
std::size_t sample(Text& text, const NetpbmHeader& header, std::size_t x) {
    if (header.kind == '1') {  // digits need no blank between them
        text.skip_blanks();
        const int digit = text.peek();
        if (digit != '0' && digit != '1')
            text.wrong(digit < 0 ? "the data end here (truncated)" : "expected 0 or 1");
        ++text.at;
        return digit == '0' ? 1 : 0;
    }
    if (header.ascii()) return text.number(header.most);
    const std::size_t size = header.most > 255 ? 2 : 1;
    if (text.bytes.size() - text.at < size) text.wrong("the data end here (truncated)");
    if (header.kind == '4') {
        const bool black = text.bytes[text.at] >> (7 - x % 8) & 1;
        if (x % 8 == 7 || x + 1 == header.width) ++text.at;
        return black ? 0 : 1;
    }
    std::size_t value = text.bytes[text.at];
    if (size == 2) value = 256 * value + text.bytes[text.at + 1];
    if (value > header.most)
        text.wrong(fmt::format("{} is above the largest, {}", value, header.most));
    text.at += size;
    return value;
}

// Grey, grey and alpha, RGB, RGB and alpha to RGB and alpha.
void append_pixel(const std::uint8_t* samples, std::size_t depth, std::vector<std::uint8_t>& row) {
    for (std::size_t c = 0; c < 3; ++c)
        row.push_back(samples[depth >= 3 ? c : 0]);
    row.push_back(depth % 2 == 0 ? samples[depth - 1] : 255);
}

}  // namespace

Picture decode_netpbm(std::span<const std::uint8_t> bytes, const std::string& name) {
    Text text{bytes, name};
    const NetpbmHeader header = read_header(text);
    Scanlines lines(header.height, header.width);
    std::vector<std::uint8_t> row;
    for (std::size_t y = 0; y < header.height; ++y) {
        row.clear();
        for (std::size_t x = 0; x < header.width; ++x) {
            std::uint8_t samples[4];
            for (std::size_t c = 0; c < header.depth; ++c)
                samples[c] = static_cast<std::uint8_t>(
                    (sample(text, header, x) * 255 + header.most / 2) / header.most);
            append_pixel(samples, header.depth, row);
        }
        lines.add_rgba(row);
    }
    if (header.ascii()) text.skip_blanks();
    while (text.peek() == '\n')
        ++text.at;
    if (text.peek() >= 0) text.wrong("more bytes after the picture, expected one picture");
    return lines.picture();
}

}  // namespace crossbar
