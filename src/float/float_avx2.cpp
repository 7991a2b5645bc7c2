// The float baseline's products for AVX2 with FMA: the Makefile compiles this file with -mavx2
// -mfma. It must not share an inline function with other files, which would be given this copy of
// it: Eigen goes by another name here, and nothing else of substance is included.
#if defined(__x86_64__)

#define Eigen Eigen_avx2
#include "float/float_products.inl"

namespace crossbar {

const FloatProducts float_products_avx2 = {"avx2", rows_rows, rows_columns, columns_columns};

}  // namespace crossbar

#endif
