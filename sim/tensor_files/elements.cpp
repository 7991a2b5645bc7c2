// Every kind of number as a double.
#include "tensor_files/elements.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.hpp"
#include "tensor_files/tensor_file.hpp"

namespace crossbar::sim {
namespace {

// IEEE 754 binary16.
double half(std::uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction ? std::numeric_limits<double>::quiet_NaN()
                        : sign * std::numeric_limits<double>::infinity();
    return sign *
           (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

template <typename T>
T value_at(const char* at, bool big_endian) {
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), at, sizeof(T));
    if (big_endian) std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<T>(bytes);
}

double number_at(Element element, const char* at, bool big_endian) {
    switch (element) {
        case Element::i8:
            return value_at<std::int8_t>(at, big_endian);
        case Element::u8:
            return value_at<std::uint8_t>(at, big_endian);
        case Element::i16:
            return value_at<std::int16_t>(at, big_endian);
        case Element::u16:
            return value_at<std::uint16_t>(at, big_endian);
        case Element::i32:
            return value_at<std::int32_t>(at, big_endian);
        case Element::u32:
            return value_at<std::uint32_t>(at, big_endian);
        case Element::i64:
            return static_cast<double>(value_at<std::int64_t>(at, big_endian));
        case Element::u64:
            return static_cast<double>(value_at<std::uint64_t>(at, big_endian));
        case Element::f16:
            return half(value_at<std::uint16_t>(at, big_endian));
        case Element::bf16:
            return std::bit_cast<float>(std::uint32_t{value_at<std::uint16_t>(at, big_endian)}
                                        << 16);
        case Element::f32:
            return value_at<float>(at, big_endian);
        case Element::f64:
            return value_at<double>(at, big_endian);
    }
    return 0;
}

}  // namespace

std::size_t bytes_in(Element element) {
    switch (element) {
        case Element::i8:
        case Element::u8:
            return 1;
        case Element::i16:
        case Element::u16:
        case Element::f16:
        case Element::bf16:
            return 2;
        case Element::i32:
        case Element::u32:
        case Element::f32:
            return 4;
        case Element::i64:
        case Element::u64:
        case Element::f64:
            return 8;
    }
    return 1;
}

bool is_integer(Element element) {
    return element < Element::f16;
}

std::vector<double> numbers_of(Element element, std::string_view bytes, bool big_endian) {
    const std::size_t size = bytes_in(element);
    std::vector<double> numbers(bytes.size() / size);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = number_at(element, bytes.data() + i * size, big_endian);
    return numbers;
}

std::size_t elements_in(const std::vector<std::size_t>& shape, const std::string& what) {
    std::size_t count = 1;
    for (const std::size_t side : shape) {
        if (side != 0 && count > most_tensor_bytes / side)
            fail("{}: its shape has more elements than a file of {} bytes holds", what,
                 most_tensor_bytes);
        count *= side;
    }
    return count;
}

}  // namespace crossbar::sim
