// The wire format of protocol buffers, as far as events need it: a key (number of the field * 8 +
// type), then a varint, 8 or 4 bytes, or a length and so many bytes; all little-endian.
#include "run/event_record.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace crossbar::sim {
namespace {

static_assert(std::endian::native == std::endian::little);

template <typename T>
std::string bytes_of(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 128; value >>= 7)
        bytes += static_cast<char>(value | 128);
    return bytes + static_cast<char>(value);
}

enum WireType : unsigned { as_varint = 0, as_8_bytes = 1, as_bytes = 2, as_4_bytes = 5 };

std::string key(unsigned field, WireType type) {
    return varint(field << 3 | type);
}
std::string bytes_field(unsigned field, std::string_view bytes) {
    return key(field, as_bytes) + varint(bytes.size()) + std::string(bytes);
}
std::string integer_field(unsigned field, std::int64_t value) {
    return key(field, as_varint) + varint(static_cast<std::uint64_t>(value));
}

// Numbers of fields.
namespace event {
constexpr unsigned wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7;
}
constexpr unsigned summary_value = 1, value_tag = 1, value_simple = 2;
constexpr unsigned session_status = 1;
constexpr std::int64_t session_start = 1;

std::string event_at(double wall_time, std::int64_t step) {
    return key(event::wall_time, as_8_bytes) + bytes_of(wall_time) +
           (step != 0 ? integer_field(event::step, step) : "");
}

// A sum of zeros, or of data that hold their own sum, shall not look right by chance.
std::string masked_crc(std::string_view bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return bytes_of(static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8u));
}

std::string record_of(const std::string& data) {
    const std::string length = bytes_of(static_cast<std::uint64_t>(data.size()));
    return length + masked_crc(length) + data + masked_crc(data);
}

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        table[i] = crc;
    }
    return table;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = ~0u;
    for (const char byte : bytes)
        crc = crc >> 8 ^ crc_table[(crc ^ static_cast<unsigned char>(byte)) & 255];
    return ~crc;
}

std::string version_record(double wall_time) {
    return record_of(event_at(wall_time, 0) + bytes_field(event::file_version, "brain.Event:2"));
}

std::string restart_record(double wall_time, std::int64_t step) {
    return record_of(event_at(wall_time, step) +
                     bytes_field(event::session_log, integer_field(session_status, session_start)));
}

std::string scalars_record(double wall_time, std::int64_t step,
                           const std::vector<std::pair<std::string, float>>& scalars) {
    std::string summary;
    for (const auto& [tag, number] : scalars)
        summary += bytes_field(summary_value, bytes_field(value_tag, tag) +
                                                  key(value_simple, as_4_bytes) + bytes_of(number));
    return record_of(event_at(wall_time, step) + bytes_field(event::summary, summary));
}

}  // namespace crossbar::sim
