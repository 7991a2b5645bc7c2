// NumPy's .npz: a zip file with an array in each NAME.npy, as numpy.load and cnpy read it. Format
// of .npy, version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar::sim {

// Elements in C order, little-endian.
struct NpzArray {
    std::string name;  // without ".npy"
    std::string type;  // as NumPy writes it: "|i1", "<i2", "<f4", "|S5"
    std::vector<std::size_t> shape;
    std::string bytes;
};

// The type as NumPy writes it.
template <typename T>
std::string npz_type() {
    static_assert(std::endian::native == std::endian::little);
    const char kind = std::floating_point<T> ? 'f' : std::signed_integral<T> ? 'i' : 'u';
    return std::string(sizeof(T) == 1 ? "|" : "<") + kind + std::to_string(sizeof(T));
}

template <typename T>
NpzArray npz_array(std::string name, std::vector<std::size_t> shape, const std::vector<T>& values) {
    return {std::move(name), npz_type<T>(), std::move(shape),
            std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T))};
}

NpzArray npz_text(std::string name, std::string_view text);

// The bytes of the file, which depend on nothing but the arrays. Throws Error.
std::string npz_of(const std::vector<NpzArray>& arrays);

}  // namespace crossbar::sim
