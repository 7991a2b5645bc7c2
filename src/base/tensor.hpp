// Small integers in NHWC order with a power-of-two exponent: value = data * 2^exponent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "crossbar/dataset.hpp"

namespace crossbar {

// Kernels may read this many bytes past the last element of a product's left operand.
constexpr std::size_t read_slack = 64;

// Room for n elements, and slack that kernels may read; keeps what is larger. No more than that:
// left to itself a vector doubles.
template <typename T>
void ensure(std::vector<T>& v, std::size_t n) {
    if (v.size() >= n + read_slack) return;
    v.reserve(n + read_slack);
    v.resize(n + read_slack);
}

// A batch of maps, `count` x shape, 8 bits an element whatever the option's bits.
struct Tensor {
    std::size_t count = 0;
    Shape shape;
    int exponent = 0;
    std::vector<std::int8_t> data;

    std::size_t item() const { return shape.size(); }
    std::size_t size() const { return count * shape.size(); }
    std::int8_t* at(std::size_t n) { return data.data() + n * shape.size(); }
    const std::int8_t* at(std::size_t n) const { return data.data() + n * shape.size(); }

    // Keeps the storage of earlier, larger batches: no allocation inside a training step.
    void resize(std::size_t n, const Shape& s) {
        count = n;
        shape = s;
        if (data.size() >= size() + read_slack) return;
        data.reserve(size() + read_slack);  // a vector left to itself doubles
        data.resize(size() + read_slack);
    }
};

}  // namespace crossbar
