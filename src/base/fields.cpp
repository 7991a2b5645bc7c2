// Packs and unpacks words of fields; those of signs and votes, 2 bits or 1, eight at a time.
#include "base/fields.hpp"

#include <array>
#include <bit>
#include <utility>

namespace crossbar {
namespace {

// Eight numbers of -2 .. 1 as fields of 2 bits, the first lowest: bytes, which then move together.
template <typename T>
std::uint64_t pack_eight(const T* from) {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t f = 0; f < bytes.size(); ++f)
        bytes[f] = static_cast<std::uint8_t>(from[f] + 2);
    auto x = std::bit_cast<std::uint64_t>(bytes);
    if constexpr (std::endian::native == std::endian::big) x = __builtin_bswap64(x);
    x = (x | x >> 6) & 0x000f000f000f000f;
    x = (x | x >> 12) & 0x000000ff000000ff;
    return (x | x >> 24) & 0xffff;
}

// A field is as wide as its word's parts are: 64 / (fields per word).
template <int per, typename T>
void pack_by(const T* from, std::size_t n, std::uint64_t* to) {
    constexpr int width = 64 / per;
    constexpr std::uint64_t bias = std::uint64_t{1} << (width - 1);
    const auto field = [](T value) {
        return static_cast<std::uint64_t>(std::int64_t{value}) + bias;
    };
    for (; n >= per; n -= per, from += per) {
        std::uint64_t word = 0;
        if constexpr (per == 32)
            for (int f = 0; f < per; f += 8)
                word |= pack_eight(from + f) << (f * width);
        else
            for (int f = 0; f < per; ++f)
                word |= field(from[f]) << (f * width);
        *to++ = word;
    }
    if (n == 0) return;
    std::uint64_t word = 0;
    for (std::size_t f = 0; f < n; ++f)
        word |= field(from[f]) << (f * width);
    *to = word;
}

// The fields of each byte, where a byte holds whole ones: signs and votes are most of what arrives.
template <int per>
struct ByteFields {
    static constexpr int width = 64 / per, fields = 8 / width;
    std::array<std::array<std::int32_t, fields>, 256> of{};
    constexpr ByteFields() {
        for (int byte = 0; byte < 256; ++byte)
            for (int f = 0; f < fields; ++f)
                of[static_cast<std::size_t>(byte)][static_cast<std::size_t>(f)] =
                    (byte >> (f * width) & ((1 << width) - 1)) - (1 << (width - 1));
    }
};

template <int per, bool adds, typename T>
void unpack_word(std::uint64_t word, T* to) {
    static constexpr ByteFields<per> bytes;
    for (int byte = 0; byte < 8; ++byte)
        for (const std::int32_t field : bytes.of[word >> (8 * byte) & 255]) {
            *to = adds ? *to + field : field;
            ++to;
        }
}

template <int per, bool adds, typename T>
void unpack_by(const std::uint64_t* from, T* to, std::size_t n) {
    constexpr int width = 64 / per;
    constexpr std::uint64_t bias = std::uint64_t{1} << (width - 1);
    constexpr std::uint64_t mask = width == 64 ? ~std::uint64_t{0} : (bias << 1) - 1;
    const auto take = [](T& value, std::uint64_t word, int f) {
        const auto field = static_cast<T>((word >> (f * width) & mask) - bias);
        value = adds ? value + field : field;
    };
    for (; n >= per; n -= per, to += per, ++from)
        if constexpr (per >= 32)
            unpack_word<per, adds>(*from, to);
        else
            for (int f = 0; f < per; ++f)
                take(to[f], *from, f);
    for (std::size_t f = 0; f < n; ++f)
        take(to[f], *from, static_cast<int>(f));
}

// What 64 / width comes to, for widths from 1 to 64.
using FieldsPerWord = std::integer_sequence<int, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 21, 32, 64>;

// Calls by(std::integral_constant<int, fields per word>).
template <int... pers, typename By>
void with_fields(int width, std::integer_sequence<int, pers...>, const By& by) {
    const int per = 64 / width;
    static_cast<void>(
        ((per == pers ? (by(std::integral_constant<int, pers>{}), true) : false) || ...));
}

template <typename T>
void pack(std::span<const T> values, int width, std::uint64_t* words) {
    with_fields(width, FieldsPerWord{},
                [&](auto per) { pack_by<per()>(values.data(), values.size(), words); });
}

}  // namespace

void pack_fields(std::span<const std::int32_t> values, int width, std::uint64_t* words) {
    pack(values, width, words);
}
void pack_fields(std::span<const std::int64_t> values, int width, std::uint64_t* words) {
    pack(values, width, words);
}
void unpack_fields(const std::uint64_t* words, int width, std::span<std::int32_t> to) {
    with_fields(width, FieldsPerWord{},
                [&](auto per) { unpack_by<per(), false>(words, to.data(), to.size()); });
}
void add_fields(const std::uint64_t* words, int width, std::span<std::int32_t> to) {
    with_fields(width, FieldsPerWord{},
                [&](auto per) { unpack_by<per(), true>(words, to.data(), to.size()); });
}
void add_fields(const std::uint64_t* words, int width, std::span<std::int64_t> to) {
    with_fields(width, FieldsPerWord{},
                [&](auto per) { unpack_by<per(), true>(words, to.data(), to.size()); });
}

}  // namespace crossbar
