// The header of an IDX file, and its elements of any type as pixels or whole numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/byte_file.hpp"

namespace crossbar {

enum class IdxType : std::uint8_t {
    uint8 = 0x08,
    int8 = 0x09,
    int16 = 0x0b,
    int32 = 0x0c,
    float32 = 0x0d,
    float64 = 0x0e
};

struct IdxHeader {
    IdxType type = IdxType::uint8;
    std::vector<std::uint32_t> sizes;  // of 1 to 4 dimensions
};

// Throws Error, in words, for what is no IDX file.
IdxHeader read_idx_header(ByteFile& file);

std::size_t element_size(IdxType type);  // in bytes

// "60000 x 28 x 28 unsigned bytes"
std::string in_words(const IdxHeader& header);

// Elements as bytes: whole numbers and floats from 0 to 255, the brightest at least 128, rounded;
// floats from 0 to 1 times 255 and rounded. Anything else is an Error that tells the range.
struct Pixels {
    std::vector<std::uint8_t> bytes;
    double factor = 1;
};
Pixels read_pixels(ByteFile& file, const IdxHeader& header, std::size_t count);

// The first of every `columns` elements, `count` of them, up to the end of the file. An Error where
// one is not whole.
std::vector<std::int64_t> read_whole_numbers(ByteFile& file, const IdxHeader& header,
                                             std::size_t count, std::size_t columns);

}  // namespace crossbar
