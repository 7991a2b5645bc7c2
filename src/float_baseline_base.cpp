// The float baseline's products for what every machine of the architecture has, SSE2 or NEON, and
// the choice between the sets.
#define Eigen Eigen_base
#define EIGEN_NO_DEBUG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <eigen3/Eigen/Core>
#pragma GCC diagnostic pop

#include "float_baseline_products.hpp"
#include "float_baseline_products.inl"

namespace crossbar {

#if defined(__x86_64__)

const FloatProducts float_products_base = {"sse2", rows_rows, rows_columns, columns_columns};

const FloatProducts& float_products() {
    static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return avx2 ? float_products_avx2 : float_products_base;
}

#else

const FloatProducts float_products_base = {"neon", rows_rows, rows_columns, columns_columns};

const FloatProducts& float_products() {
    return float_products_base;
}

#endif

}  // namespace crossbar
