// Checks type and dimensions, and turns elements of any IDX type into bytes or labels.
#include "data/formats/idx_elements.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include "base/check.hpp"
#include "base/format.hpp"
#include "data/formats/file_kind.hpp"

namespace crossbar {
namespace {

struct TypeWords {
    IdxType type;
    std::size_t size;
    const char* name;
};

constexpr TypeWords types[] = {
    {IdxType::uint8, 1, "unsigned bytes"},  {IdxType::int8, 1, "signed bytes"},
    {IdxType::int16, 2, "16-bit integers"}, {IdxType::int32, 4, "32-bit integers"},
    {IdxType::float32, 4, "32-bit floats"}, {IdxType::float64, 8, "64-bit floats"},
};

const TypeWords* find_type(std::uint8_t code) {
    const auto* found = std::find_if(std::begin(types), std::end(types), [&](const TypeWords& t) {
        return static_cast<std::uint8_t>(t.type) == code;
    });
    return found == std::end(types) ? nullptr : found;
}

const TypeWords& words_of(IdxType type) {
    return *find_type(static_cast<std::uint8_t>(type));
}

bool is_float(IdxType type) {
    return type == IdxType::float32 || type == IdxType::float64;
}

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

double value_of(std::span<const std::uint8_t> bytes, IdxType type) {
    const std::uint64_t bits = big_endian(bytes);
    switch (type) {
        case IdxType::uint8:
            return static_cast<double>(bits);
        case IdxType::int8:
            return static_cast<std::int8_t>(bits);
        case IdxType::int16:
            return static_cast<std::int16_t>(bits);
        case IdxType::int32:
            return static_cast<std::int32_t>(bits);
        case IdxType::float32:
            return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        case IdxType::float64:
            return std::bit_cast<double>(bits);
    }
    fail("{} is not a type of IDX", static_cast<int>(type));
}

// "(this is a web page)" of what follows its first four bytes.
[[noreturn]] void fail_magic(ByteFile& file, std::span<const std::uint8_t> magic) {
    std::vector<std::uint8_t> head(262);
    std::copy(magic.begin(), magic.end(), head.begin());
    head.resize(magic.size() + file.read(std::span(head).subspan(magic.size())));
    std::string kind = kind_of_file(head);
    if (magic[3] == 0 && magic[2] == 0 && find_type(magic[1])) kind = "its words are little-endian";
    fail(
        "{}: byte 0: the magic number is {}, not an IDX file{}; expected two zeros, a type (8 for "
        "bytes) and 1 to 4 dimensions",
        file.path(), big_endian(magic), kind.empty() ? kind : fmt::format(" ({})", kind));
}

}  // namespace

IdxHeader read_idx_header(ByteFile& file) {
    constexpr std::size_t most_dimensions = 4;
    std::array<std::uint8_t, 4> word{};
    read_exactly(file, word, "the magic number");
    const TypeWords* type = find_type(word[2]);
    if (word[0] != 0 || word[1] != 0 || !type || word[3] == 0 || word[3] > most_dimensions)
        fail_magic(file, word);
    IdxHeader header{type->type, std::vector<std::uint32_t>(word[3])};
    for (std::uint32_t& size : header.sizes) {
        read_exactly(file, word, "the sizes");
        size = static_cast<std::uint32_t>(big_endian(word));
    }
    return header;
}

std::size_t element_size(IdxType type) {
    return words_of(type).size;
}

std::string in_words(const IdxHeader& header) {
    return fmt::format("{} {}", fmt::join(header.sizes, " x "), words_of(header.type).name);
}

Pixels read_pixels(ByteFile& file, const IdxHeader& header, std::size_t count) {
    const std::size_t size = element_size(header.type);
    const std::uint64_t first = file.offset();
    std::vector<std::uint8_t> raw = read_rest(file, count * size, "pixels");
    if (header.type == IdxType::uint8) return {std::move(raw), 1};
    const auto value = [&](std::size_t i) {
        return value_of(std::span(raw).subspan(i * size, size), header.type);
    };
    double low = value(0), high = low;
    for (std::size_t i = 0; i < count; ++i) {
        if (!std::isfinite(value(i)))
            fail("{}: byte {}: a pixel is {}, expected a number", file.path(), first + i * size,
                 value(i));
        low = std::min(low, value(i));
        high = std::max(high, value(i));
    }
    // Brightest pixels between 1 and this are of neither range: of 0 to 16, perhaps, or of 0 to 1
    // with a ripple.
    constexpr double least_bright = 128;
    const bool unit = is_float(header.type) && high <= 1;
    if (low < 0 || high > 255 || (!unit && high < least_bright))
        fail(
            "{}: byte {}: {}, which run from {:.6g} to {:.6g}; expected unsigned bytes, or whole "
            "numbers "
            "or floats from 0 to 255, or floats from 0 to 1",
            file.path(), first, in_words(header), low, high);
    Pixels pixels{std::vector<std::uint8_t>(count), unit ? 255.0 : 1.0};
    for (std::size_t i = 0; i < count; ++i)
        pixels.bytes[i] = static_cast<std::uint8_t>(std::floor(value(i) * pixels.factor + 0.5));
    return pixels;
}

std::vector<std::int64_t> read_whole_numbers(ByteFile& file, const IdxHeader& header,
                                             std::size_t count, std::size_t columns) {
    constexpr double most = 1e9;
    const std::size_t size = element_size(header.type), stride = columns * size;
    const std::uint64_t first = file.offset();
    const std::vector<std::uint8_t> raw = read_rest(file, count * stride, "labels");
    std::vector<std::int64_t> numbers(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double value = value_of(std::span(raw).subspan(i * stride, size), header.type);
        if (!(std::abs(value) <= most) || value != std::floor(value))
            fail("{}: byte {}: label {}, expected a whole number", file.path(), first + i * stride,
                 value);
        numbers[i] = static_cast<std::int64_t>(value);
    }
    return numbers;
}

}  // namespace crossbar
