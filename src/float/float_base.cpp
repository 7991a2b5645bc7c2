// The float baseline's products for what every machine of the architecture has, SSE2 or NEON, and
// the choice between the sets.
#define Eigen Eigen_base
#include "float/float_products.inl"

namespace crossbar {

#if defined(__x86_64__)

const FloatProducts float_products_base = {"sse2", rows_rows, rows_columns, columns_columns};

std::vector<const FloatProducts*> float_products_here() {
    std::vector<const FloatProducts*> sets;
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        sets.push_back(&float_products_avx512);
    if (avx2) sets.push_back(&float_products_avx2);
    sets.push_back(&float_products_base);
    return sets;
}

#else

const FloatProducts float_products_base = {"neon", rows_rows, rows_columns, columns_columns};

std::vector<const FloatProducts*> float_products_here() {
    return {&float_products_base};
}

#endif

const FloatProducts& float_products() {
    static const FloatProducts& best = *float_products_here().front();
    return best;
}

}  // namespace crossbar
