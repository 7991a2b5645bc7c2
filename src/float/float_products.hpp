// Matrix products of the float baseline as a table of functions, one table an instruction set.
// Everything is row-major; strides are distances between rows.
#pragma once

#include <cstddef>
#include <vector>

namespace crossbar {

struct FloatMatrix {
    const float* data;
    std::ptrdiff_t stride;
};

struct FloatProducts {
    const char* name;
    // c[m][n] = sum over d of a[m][d] * b[n][d]
    void (*rows_rows)(float* c, std::ptrdiff_t c_stride, FloatMatrix a, FloatMatrix b,
                      std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t depth);
    // c[m][n] = sum over d of a[m][d] * b[d][n]
    void (*rows_columns)(float* c, std::ptrdiff_t c_stride, FloatMatrix a, FloatMatrix b,
                         std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t depth);
    // c[m][n] += sum over d of a[d][m] * b[d][n]
    void (*columns_columns)(float* c, std::ptrdiff_t c_stride, FloatMatrix a, FloatMatrix b,
                            std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t depth);
};

extern const FloatProducts float_products_base;
extern const FloatProducts float_products_avx2;    // x86-64 alone
extern const FloatProducts float_products_avx512;  // the same

// Those that this machine can run, best first.
std::vector<const FloatProducts*> float_products_here();

// The best of them.
const FloatProducts& float_products();

}  // namespace crossbar
