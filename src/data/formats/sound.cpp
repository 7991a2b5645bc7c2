// NIST SPHERE: "NIST_1A\n", the header's length as text, then lines "NAME -TYPE VALUE" up to
// "end_head", all padded to that length; then the samples. RIFF: "RIFF", length, "WAVE", then
// chunks of a name, a length and so many bytes (padded to even ones): "fmt " and "data" are looked
// at. What wrote to a pipe could not put in the lengths; its samples go on to the end.
#include "data/formats/sound.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/check.hpp"
#include "data/formats/file_kind.hpp"

namespace crossbar {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int most_rate = 1'000'000;

std::string_view text_at(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t little(Bytes bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i > 0; --i)
        value = value << 8 | bytes[at + i - 1];
    return value;
}

std::vector<std::int16_t> samples_of(Bytes bytes, bool big_endian) {
    std::vector<std::int16_t> samples(bytes.size() / 2);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::uint32_t low = bytes[2 * i + (big_endian ? 1 : 0)];
        const std::uint32_t high = bytes[2 * i + (big_endian ? 0 : 1)];
        samples[i] = static_cast<std::int16_t>(high << 8 | low);
    }
    return samples;
}

// A whole decimal number in the text, or -1.
long number_of(std::string_view text) {
    long number = -1;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? number : -1;
}

// The fields of a SPHERE header that matter; -1 and "" where they are not given.
struct Sphere {
    const std::string& name;
    std::size_t length = 0;  // of the header
    long count = -1, rate = -1, channels = -1, bytes = -1;
    std::string order, coding;

    void set(std::string_view field, std::string_view value, std::size_t at);
};

void Sphere::set(std::string_view field, std::string_view value, std::size_t at) {
    long* whole = field == "sample_count"     ? &count
                  : field == "sample_rate"    ? &rate
                  : field == "channel_count"  ? &channels
                  : field == "sample_n_bytes" ? &bytes
                                              : nullptr;
    if (whole) {
        *whole = number_of(value);
        if (*whole < 0)
            fail("{}: byte {}: {} is '{}', expected a whole number", name, at, field, value);
    }
    if (field == "sample_byte_format") order = value;
    if (field == "sample_coding") coding = value;
}

Sphere read_header(Bytes file, const std::string& name) {
    constexpr std::size_t first_lines = 16;
    Sphere header{name, 0, -1, -1, -1, -1, {}, {}};
    std::string_view length = text_at(file.subspan(0, std::min(file.size(), first_lines)));
    length.remove_prefix(std::min<std::size_t>(8, length.size()));
    length = length.substr(0, length.find('\n'));
    length.remove_prefix(std::min(length.find_first_not_of(' '), length.size()));
    const long size = number_of(length);
    if (size < static_cast<long>(first_lines) || static_cast<std::size_t>(size) > file.size())
        fail("{}: byte 8: the header's length is '{}', expected 16 to {}, the file's", name, length,
             file.size());
    header.length = static_cast<std::size_t>(size);
    const std::string_view text = text_at(file.subspan(0, header.length));
    for (std::size_t at = first_lines;;) {
        const std::size_t end = text.find('\n', at);
        if (end == text.npos)
            fail("{}: byte {}: the header ends without a line end_head", name, header.length);
        const std::string_view line = text.substr(at, end - at);
        if (line.starts_with("end_head")) return header;
        const std::size_t type = line.find(" -");
        const std::size_t value = type == line.npos ? type : line.find(' ', type + 2);
        if (value != line.npos) header.set(line.substr(0, type), line.substr(value + 1), at);
        at = end + 1;
    }
}

Sound decode_sphere(Bytes file, const std::string& name) {
    const Sphere header = read_header(file, name);
    if (!header.coding.empty() && header.coding != "pcm")
        fail(
            "{}: byte 16: its samples are coded as '{}', expected pcm; unpack it with NIST's "
            "w_decode or "
            "sph2pipe",
            name, header.coding);
    for (const auto& [field, value] : {std::pair{"channel_count", header.channels},
                                       {"sample_n_bytes", header.bytes},
                                       {"sample_rate", header.rate},
                                       {"sample_count", header.count}})
        if (value < 0)
            fail("{}: byte 16: the header has no line {}, expected '{} -i NUMBER'", name, field,
                 field);
    if (header.channels != 1 || header.bytes != 2 || header.rate < 1 || header.rate > most_rate)
        fail(
            "{}: byte 16: {} channels of {} bytes, {} samples per second; expected 1 channel of 2 "
            "bytes",
            name, header.channels, header.bytes, header.rate);
    if (header.order != "01" && header.order != "10")
        fail("{}: byte 16: sample_byte_format is '{}', expected 01 or 10", name, header.order);
    const Bytes body = file.subspan(header.length);
    if (static_cast<std::size_t>(header.count) != body.size() / 2)
        fail("{}: byte {}: {} bytes of samples, expected {}, for its sample_count is {}", name,
             header.length, body.size(), 2 * static_cast<std::size_t>(header.count), header.count);
    return {static_cast<int>(header.rate), samples_of(body, header.order == "10")};
}

constexpr std::uint32_t pcm = 1;

// WAVE_FORMAT_EXTENSIBLE keeps the coding in the first two bytes of a GUID, the rest of which is
// the same for all codings that have a number.
std::uint32_t extended_coding(Bytes body) {
    constexpr std::size_t guid = 24, number_size = 2;
    constexpr std::array<std::uint8_t, 14> rest = {0,    0,    0,    0,    0x10, 0,    0x80,
                                                   0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};
    if (body.size() < guid + number_size + rest.size()) return 0;
    const Bytes tail = body.subspan(guid + number_size, rest.size());
    return std::equal(rest.begin(), rest.end(), tail.begin()) ? little(body, guid, number_size) : 0;
}

std::string name_of_coding(std::uint32_t coding) {
    switch (coding) {
        case pcm:
            return "pcm";
        case 2:
            return "ADPCM";
        case 3:
            return "floats";
        case 6:
            return "A-law";
        case 7:
            return "mu-law";
        default:
            return fmt::format("coding {}", coding);
    }
}

// "fmt ": coding, channels, rate, bytes per second, bytes of a block, bits.
int checked_format(Bytes body, const std::string& name, std::size_t at) {
    constexpr std::uint32_t extensible = 0xfffe;
    if (body.size() < 16)
        fail("{}: byte {}: a 'fmt ' chunk of {} bytes, expected 16", name, at, body.size());
    const std::uint32_t number = little(body, 0, 2), channels = little(body, 2, 2);
    const std::uint32_t coding = number == extensible ? extended_coding(body) : number;
    const std::uint32_t rate = little(body, 4, 4), bits = little(body, 14, 2);
    if (coding != pcm || channels != 1 || bits != 16 || rate < 1 || rate > most_rate)
        fail(
            "{}: byte {}: {}, {} channels, {} bits, {} samples per second; expected pcm, 1 "
            "channel, "
            "16 bits",
            name, at, name_of_coding(coding), channels, bits, rate);
    return static_cast<int>(rate);
}

// Whether the writer of a file of `all` bytes left open how many samples would come: a length that
// no file of speech has, or none at all where the whole is said to end with it.
bool is_open_ended(std::uint32_t riff_size, std::uint32_t size, std::size_t body, std::size_t all) {
    constexpr std::uint32_t never = 0x7ffff000;  // as sox writes; others write all ones
    if (size >= never) return size > all - body;
    return size == 0 && (riff_size == 0 || riff_size >= never || riff_size + 8 == body);
}

Sound decode_riff(Bytes file, const std::string& name) {
    constexpr std::size_t head = 12, chunk_head = 8;
    if (file.size() < head || text_at(file.subspan(8, 4)) != "WAVE")
        fail("{}: byte 8: a RIFF file, but not of WAVE sound", name);
    int rate = 0;
    for (std::size_t at = head; at + chunk_head <= file.size();) {
        const std::string_view kind = text_at(file.subspan(at, 4));
        std::size_t size = little(file, at + 4, 4);
        const std::size_t body = at + chunk_head;
        if (kind == "data" &&
            is_open_ended(little(file, 4, 4), little(file, at + 4, 4), body, file.size()))
            size = file.size() - body;
        if (size > file.size() - body)
            fail("{}: byte {}: a chunk of {} bytes, but {} are left (truncated)", name, at, size,
                 file.size() - body);
        if (kind == "fmt ") rate = checked_format(file.subspan(body, size), name, body);
        if (kind == "data" && rate == 0)
            fail("{}: byte {}: samples before any 'fmt ' chunk", name, at);
        if (kind == "data" && size % 2 != 0)
            fail("{}: byte {}: {} bytes of 16-bit samples, an odd number", name, at, size);
        if (kind == "data") return {rate, samples_of(file.subspan(body, size), false)};
        at = body + size + size % 2;
    }
    fail("{}: byte {}: the data end here, expected a 'data' chunk", name, file.size());
}

}  // namespace

Sound decode_sound(Bytes file, const std::string& name) {
    const std::string_view text = text_at(file);
    if (text.starts_with("NIST_1A\n")) return decode_sphere(file, name);
    if (text.starts_with("RIFF")) return decode_riff(file, name);
    const std::string kind = kind_of_file(file);
    fail("{}: byte 0: neither NIST SPHERE nor RIFF WAVE ({} bytes{}), expected NIST_1A or RIFF",
         name, file.size(), kind.empty() ? kind : ", " + kind);
}

}  // namespace crossbar
