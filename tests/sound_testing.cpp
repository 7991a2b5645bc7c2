// Writes WAV and SPHERE headers and samples.
#include "sound_testing.hpp"

#include <cmath>
#include <numbers>

#include "base/check.hpp"

namespace crossbar {
namespace {

void append(Bytes& to, std::uint32_t value, int size, bool big_endian = false) {
    for (int i = 0; i < size; ++i)
        to.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian ? size - 1 - i : i)));
}

void append(Bytes& to, const std::string& text) {
    to.insert(to.end(), text.begin(), text.end());
}

}  // namespace

Samples tone(std::size_t count, double hertz, double loud) {
    Samples samples;
    for (std::size_t i = 0; i < count; ++i)
        samples.push_back(static_cast<std::int16_t>(std::lround(
            loud * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 16000))));
    return samples;
}

Bytes riff(const Samples& samples, std::uint32_t rate, std::uint32_t channels) {
    const auto size = static_cast<std::uint32_t>(2 * samples.size());
    Bytes file;
    append(file, "RIFF");
    append(file, size + 36 + 12, 4);
    append(file, "WAVEfmt ");
    append(file, 16, 4);
    append(file, 1, 2);
    append(file, channels, 2);
    append(file, rate, 4);
    append(file, 2 * rate, 4);
    append(file, 2, 2);
    append(file, 16, 2);
    append(file, "LIST");
    append(file, 3, 4);
    append(file, std::string("odd\0", 4));
    append(file, "data");
    append(file, size, 4);
    for (const std::int16_t s : samples)
        append(file, static_cast<std::uint16_t>(s), 2);
    return file;
}

void put_little(Bytes& file, std::size_t at, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        file[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

Bytes extensible_riff(const Samples& samples) {
    Bytes file = riff(samples);
    put_little(file, 16, 40, 4);
    put_little(file, 20, 0xfffe, 2);
    // Bytes that follow, valid bits, speakers, and the GUID of PCM.
    const Bytes more = {22, 0, 16, 0, 4,    0, 0, 0,    1, 0,    0,    0,
                        0,  0, 16, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
    file.insert(file.begin() + 36, more.begin(), more.end());
    return file;
}

Bytes open_riff(const Samples& samples, std::uint32_t whole, std::uint32_t length) {
    Bytes file = riff(samples);
    put_little(file, 4, whole, 4);
    put_little(file, file.size() - 2 * samples.size() - 4, length, 4);
    return file;
}

Bytes sphere(const Samples& samples, bool big_endian, const std::string& coding) {
    std::string header = "NIST_1A\n   1024\ndatabase_id -s5 TIMIT\n";
    header += fmt::format("channel_count -i 1\nsample_count -i {}\nsample_rate -i 16000\n",
                          samples.size());
    header += fmt::format("sample_n_bytes -i 2\nsample_byte_format -s2 {}\n{}end_head\n",
                          big_endian ? "10" : "01", coding);
    header.resize(1024, ' ');
    Bytes file;
    append(file, header);
    for (const std::int16_t s : samples)
        append(file, static_cast<std::uint16_t>(s), 2, big_endian);
    return file;
}

const std::vector<std::string>& phone_names() {
    static const std::vector<std::string> names = {
        "iy", "ih", "eh",  "ey",  "ae",  "aa",  "aw",   "ay",  "ah", "ao", "oy",  "ow", "uh",
        "uw", "ux", "er",  "ax",  "ix",  "axr", "ax-h", "b",   "d",  "g",  "p",   "t",  "k",
        "dx", "q",  "bcl", "dcl", "gcl", "pcl", "tcl",  "kcl", "jh", "ch", "s",   "sh", "z",
        "zh", "f",  "th",  "v",   "dh",  "m",   "n",    "ng",  "em", "en", "eng", "nx", "l",
        "r",  "w",  "y",   "hh",  "hv",  "el",  "pau",  "epi", "h#"};
    return names;
}

}  // namespace crossbar
