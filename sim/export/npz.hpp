// NumPy's .npz: a zip file with an array in each NAME.npy, as numpy.load and cnpy read it. Format
// of .npy, version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar::sim {

// Elements in C order, little-endian.
struct NpzArray {
    std::string name;  // without ".npy"
    std::string type;  // as NumPy writes it: "|i1", "<i2", "<f4", "|S5"
    std::vector<std::size_t> shape;
    std::string_view bytes;
    std::shared_ptr<const void> keeper = {};  // of the bytes, where they are the array's own
};

// The type as NumPy writes it.
template <typename T>
std::string npz_type() {
    static_assert(std::endian::native == std::endian::little);
    const char kind = std::floating_point<T> ? 'f' : std::signed_integral<T> ? 'i' : 'u';
    return std::string(sizeof(T) == 1 ? "|" : "<") + kind + std::to_string(sizeof(T));
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Refers to the values, which must outlive it.
template <typename T>
NpzArray npz_array(std::string name, std::vector<std::size_t> shape, const std::vector<T>& values) {
    return {std::move(name), npz_type<T>(), std::move(shape), bytes_of(values)};
}
// Keeps them.
template <typename T>
NpzArray npz_array(std::string name, std::vector<std::size_t> shape, std::vector<T>&& values) {
    const auto kept = std::make_shared<const std::vector<T>>(std::move(values));
    return {std::move(name), npz_type<T>(), std::move(shape), bytes_of(*kept), kept};
}

NpzArray npz_text(std::string name, std::string_view text);
// One dimension, as bytes of the longest; NumPy takes zeros off the end of each.
NpzArray npz_texts(std::string name, const std::vector<std::string>& texts);

// Takes the bytes of a file that begin at `at`; what comes later may lie before, or replace some.
using PutBytes = std::function<void(std::uint64_t at, std::string_view bytes)>;

enum class Packing { deflated, stored };

// The file, piece by piece. Its bytes depend on nothing but the arrays. Throws Error, also where a
// name comes twice or an array has other bytes than its shape says.
void write_npz(const std::vector<NpzArray>& arrays, Packing packing, const PutBytes& put);

}  // namespace crossbar::sim
