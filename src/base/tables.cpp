// Not a part of the training path: tables are made once, before it starts.
#include "base/tables.hpp"

#include <array>
#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <cmath>

#include "base/fixed.hpp"

namespace crossbar {
namespace {

using Real = boost::multiprecision::cpp_dec_float_50;

std::uint32_t rounded(const Real& x) {
    return static_cast<Real>(floor(x + Real("0.5"))).convert_to<std::uint32_t>();
}

std::array<std::uint32_t, 4096> make_exp_table() {
    std::array<std::uint32_t, 4096> table;
    // Repeated multiplication: 4096 roundings at 50 digits leave more than 40 right.
    const Real ratio = exp(Real(-1) / 256);
    Real value = Real(1 << 30);
    for (std::uint32_t& entry : table) {
        entry = rounded(value);
        value *= ratio;
    }
    return table;
}

std::array<std::uint32_t, 257> make_log_table() {
    std::array<std::uint32_t, 257> table;
    for (int i = 0; i <= 256; ++i)
        table[static_cast<std::size_t>(i)] = rounded(log(Real(1) + Real(i) / 256) * 65536);
    return table;
}

}  // namespace

std::span<const std::uint32_t> exp_table() {
    static const auto table = make_exp_table();
    return table;
}

std::span<const std::uint32_t> log_table() {
    static const auto table = make_log_table();
    return table;
}

std::int64_t log_fixed(std::uint64_t x) {
    const int exponent = bit_width(x) - 1;
    const std::uint64_t mantissa =
        exponent >= 9 ? (x >> (exponent - 9)) + 1 : (x << (9 - exponent)) + 1;
    const std::size_t index = (mantissa >> 1) - 256;  // leading 8 bits after the first, rounded
    return std::int64_t{exponent} * 45426 + log_table()[index];  // ln 2 * 65536
}

double normal_quantile(double p) {
    return -std::sqrt(2.0) * boost::math::erfc_inv(2 * p);
}

}  // namespace crossbar
