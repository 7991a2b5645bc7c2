// The float baseline's products for AVX-512: the Makefile compiles this file with -mavx512f
// -mavx512dq -mfma. It must not share an inline function with other files, which would be given
// this copy of it: Eigen goes by another name here, and nothing else of substance is included.
#if defined(__x86_64__)

#define Eigen Eigen_avx512
#include "float/float_products.inl"

namespace crossbar {

const FloatProducts float_products_avx512 = {"avx512", rows_rows, rows_columns, columns_columns};

}  // namespace crossbar

#endif
