// tar as a stream: blocks of 512 bytes, a header and then the data of each member, two blocks of
// zeros at the end. Numbers are octal text, or big-endian with the top bit set where those are too
// short. A header of type x or L is about the member that follows it.
#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "data/formats/archive.hpp"
#include "data/formats/file_kind.hpp"

namespace crossbar {
namespace {

constexpr std::size_t block_size = 512;
constexpr std::uint64_t longest_text = 1 << 20;  // of a long name or of pax records
constexpr std::uint64_t longest_member = std::uint64_t{1} << 48;  // far beyond any data set

using Block = std::array<std::uint8_t, block_size>;

// A field's text up to its first zero.
std::string text_at(const Block& block, std::size_t at, std::size_t length) {
    const auto from = block.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to = from + static_cast<std::ptrdiff_t>(length);
    return {from, std::find(from, to, std::uint8_t{0})};
}

// A number field; none when it is not one.
std::optional<std::uint64_t> number_at(const Block& block, std::size_t at, std::size_t length) {
    std::uint64_t value = 0;
    if (block[at] & 0x80) {
        for (std::size_t i = 1; i < length; ++i) {
            if (value >> 48) return {};
            value = value << 8 | block[at + i];
        }
        return value;
    }
    bool begun = false;
    for (std::size_t i = 0; i < length; ++i) {
        const std::uint8_t c = block[at + i];
        if (c >= '0' && c <= '7') {
            value = value << 3 | (std::uint64_t{c} - '0');
            begun = true;
        } else if (c == 0 || (c == ' ' && begun)) {
            break;
        } else if (c != ' ') {
            return {};
        }
    }
    return value;
}

// The header's checksum: all its bytes added up, with blanks in place of the sum itself.
std::uint64_t sum_of(const Block& block) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i)
        sum += i >= 148 && i < 156 ? std::uint64_t{' '} : block[i];
    return sum;
}

std::string tidy(std::string name) {
    while (name.starts_with("./"))
        name.erase(0, 2);
    return name;
}

}  // namespace

struct Tar::Header {
    std::string name;
    std::uint64_t size = 0;
    char type = 0;
    std::uint64_t at = 0;  // its byte in the archive
};

// False at the end of the archive, after reading all of it: packed archives then check their sums.
bool Tar::read_header(Header& header) {
    Block block{};
    header.at = bytes_.offset();
    if (const std::size_t got = bytes_.read(block); got < block_size)
        fail("{}: byte {} of the archive: it ends here without its end mark (truncated)", path(),
             header.at + got);
    if (std::all_of(block.begin(), block.end(), [](std::uint8_t b) { return b == 0; })) {
        while (bytes_.read(block) != 0) {
        }
        return false;
    }
    const auto sum = number_at(block, 148, 8);
    if (!sum || *sum != sum_of(block)) {
        const std::string kind = header.at == 0 ? kind_of_file(block) : std::string();
        fail("{}: byte {} of the archive: no tar header, or a damaged one ({})", path(), header.at,
             kind.empty() ? "its checksum is wrong" : kind);
    }
    const auto size = number_at(block, 124, 12);
    if (!size || *size > longest_member)
        fail("{}: byte {} of the archive: the size of a member is no number below 2^48", path(),
             header.at + 124);
    header.size = *size;
    header.type = static_cast<char>(block[156]);
    header.name = text_at(block, 0, 100);
    const std::string prefix = text_at(block, 345, 155);
    if (text_at(block, 257, 6) == "ustar" && !prefix.empty())
        header.name = prefix + "/" + header.name;
    return true;
}

void Tar::skip(std::uint64_t count) {
    std::array<std::uint8_t, 1 << 14> waste{};
    while (count > 0) {
        const std::size_t n =
            bytes_.read(std::span(waste).first(std::min<std::uint64_t>(count, waste.size())));
        if (n == 0)
            fail(
                "{}: byte {} of the archive: it ends inside a member, {} bytes are missing "
                "(truncated)",
                path(), bytes_.offset(), count);
        count -= n;
    }
}

std::string Tar::read_text(const Header& header) {
    if (header.size > longest_text)
        fail("{}: byte {} of the archive: a name or note of {} bytes, expected at most {}", path(),
             header.at + 124, header.size, longest_text);
    std::string text(header.size, '\0');
    read_exactly(bytes_, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()},
                 "a member's name");
    skip((block_size - header.size % block_size) % block_size);
    return text;
}

// Records "LENGTH KEY=VALUE\n", the length counting all of it.
void Tar::read_pax(const Header& header, Member& next, bool& sized) {
    const std::string text = read_text(header);
    std::size_t at = 0;
    while (at < text.size() && text[at] != '\0') {
        const std::size_t blank = text.find(' ', at), equals = text.find('=', at);
        std::size_t length = 0;
        for (std::size_t i = at; i < std::min(blank, text.size()) && length <= text.size(); ++i)
            length = text[i] >= '0' && text[i] <= '9'
                         ? 10 * length + static_cast<std::size_t>(text[i] - '0')
                         : text.size() + 1;
        if (blank == text.npos || equals == text.npos || length > text.size() - at ||
            equals >= at + length || equals < blank)
            fail("{}: byte {} of the archive: damaged pax record", path(), header.at);
        const std::string key = text.substr(blank + 1, equals - blank - 1);
        const std::string value = text.substr(equals + 1, at + length - equals - 2);
        if (key == "path") next.name = value;
        if (key == "size") {
            if (value.empty() || value.size() > 14 ||
                value.find_first_not_of("0123456789") != value.npos)
                fail("{}: byte {} of the archive: pax size '{}', expected a number below 10^14",
                     path(), header.at, value);
            next.size = std::stoull(value);
            sized = true;
        }
        at += length;
    }
}

std::optional<Tar::Member> Tar::next() {
    skip(left_);
    skip(padding_);
    left_ = padding_ = 0;
    Member member;
    bool sized = false;
    Header header;
    while (read_header(header)) {
        if (header.type == 'x') {
            read_pax(header, member, sized);
            continue;
        }
        if (header.type == 'L') {
            const std::string name = read_text(header);
            member.name = name.substr(0, name.find('\0'));
            continue;
        }
        if (member.name.empty()) member.name = header.name;
        if (!sized) member.size = header.size;
        // Links, devices and folders have no data, whatever the size says.
        const bool empty = header.type >= '1' && header.type <= '6';
        left_ = empty ? 0 : member.size;
        padding_ = (block_size - left_ % block_size) % block_size;
        const bool file = header.type == '\0' || header.type == '0' || header.type == '7';
        if (file && !member.name.ends_with('/')) {
            member.name = tidy(std::move(member.name));
            return member;
        }
        skip(left_);
        skip(padding_);
        left_ = padding_ = 0;
        member = {};
        sized = false;
    }
    return {};
}

std::size_t Tar::read(std::span<std::uint8_t> out) {
    const std::size_t wanted = std::min<std::uint64_t>(out.size(), left_);
    const std::size_t got = bytes_.read(out.first(wanted));
    if (got < wanted)
        fail(
            "{}: byte {} of the archive: it ends inside a member, {} bytes are missing (truncated)",
            path(), bytes_.offset(), left_ - got);
    left_ -= got;
    return got;
}

}  // namespace crossbar
