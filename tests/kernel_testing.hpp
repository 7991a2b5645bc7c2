// What the kernel tests share: random and extreme operands, outputs between canaries, and the
// comparison of a set with the reference.
#pragma once

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace kernel_testing {

using namespace crossbar;

inline const Kernels& reference() {
    return *find_kernels("reference");
}

inline std::vector<const Kernels*> sets_to_test() {
    std::vector<const Kernels*> sets;
    for (const Kernels* set : all_kernels())
        if (set->available() && set != &reference()) sets.push_back(set);
    return sets;
}

inline std::mt19937& random_source() {
    static std::mt19937 source(20240607);
    return source;
}

inline int random_between(int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random_source());
}

// Either all the same or random within low..high.
enum class Fill { lowest, highest, ends, random };
constexpr Fill fills[] = {Fill::random, Fill::lowest, Fill::highest, Fill::ends};

template <typename T>
std::vector<T> numbers(std::size_t n, int low, int high, Fill fill = Fill::random) {
    std::vector<T> out(n);
    for (T& x : out) {
        const int r = random_between(low, high);
        const int end = random_between(0, 1) == 0 ? low : high;
        x = static_cast<T>(fill == Fill::random    ? r
                           : fill == Fill::lowest  ? low
                           : fill == Fill::highest ? high
                                                   : end);
    }
    return out;
}

// An output between canaries, which starts as given.
template <typename T>
class Guarded {
  public:
    explicit Guarded(std::size_t n) : Guarded(std::vector<T>(n, T{77})) {}
    explicit Guarded(const std::vector<T>& start) : data_(start.size() + 2 * margin, canary) {
        for (std::size_t i = 0; i < start.size(); ++i)
            data_[margin + i] = start[i];
    }
    T* data() { return data_.data() + margin; }
    bool intact() const {
        for (std::size_t i = 0; i < margin; ++i)
            if (data_[i] != canary || data_[data_.size() - 1 - i] != canary) return false;
        return true;
    }
    bool operator==(const Guarded& other) const {
        return data_.size() == other.data_.size() &&
               std::memcmp(data_.data(), other.data_.data(), data_.size() * sizeof(T)) == 0;
    }

  private:
    static constexpr std::size_t margin = 80;
    static constexpr T canary = T(0x5a);
    std::vector<T> data_;
};

// Runs body(set, output) with the reference and with a set, and compares.
template <typename T, typename Body>
bool same(const Kernels& set, const Guarded<T>& start, Body body) {
    Guarded<T> expected = start, got = start;
    body(reference(), expected.data());
    body(set, got.data());
    return expected.intact() && got == expected;
}

inline const std::vector<std::size_t>& lengths() {
    static const std::vector<std::size_t> list = {0,  1,  2,   3,   4,   5,   6,    7,   8,
                                                  9,  10, 15,  16,  17,  31,  32,   33,  63,
                                                  64, 65, 127, 128, 129, 255, 1000, 4099};
    return list;
}

}  // namespace kernel_testing
