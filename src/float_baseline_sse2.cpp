// The float baseline's products for every x86-64, and the choice between the sets.
#define Eigen Eigen_sse2
#define EIGEN_NO_DEBUG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <eigen3/Eigen/Core>
#pragma GCC diagnostic pop

#include "float_baseline_products.hpp"
#include "float_baseline_products.inl"

namespace crossbar {

const FloatProducts float_products_sse2 = {"sse2", rows_rows, rows_columns, columns_columns};

const FloatProducts& float_products() {
    static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return avx2 ? float_products_avx2 : float_products_sse2;
}

}  // namespace crossbar
