// Integers as fields of 64-bit words, as narrow as they allow: what travels between processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace crossbar {

// Integers in -2^(width - 1) .. 2^(width - 1) - 1, width <= 64, as fields of 64-bit words: each
// word holds 64 / width of them, the first lowest, with half the field's range added.
constexpr std::size_t field_words(std::size_t count, int width) {
    const auto per = static_cast<std::size_t>(64 / width);
    return (count + per - 1) / per;
}
void pack_fields(std::span<const std::int32_t> values, int width, std::uint64_t* words);
void pack_fields(std::span<const std::int64_t> values, int width, std::uint64_t* words);
// to[i] = the field, or to[i] += the field.
void unpack_fields(const std::uint64_t* words, int width, std::span<std::int32_t> to);
void add_fields(const std::uint64_t* words, int width, std::span<std::int32_t> to);
void add_fields(const std::uint64_t* words, int width, std::span<std::int64_t> to);

}  // namespace crossbar
