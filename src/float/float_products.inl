// The products, once for every instruction set: the including file sets the target, renames Eigen's
// namespace (#define Eigen ..) so that no function of one set is taken for another's, and defines
// the table.
#define EIGEN_NO_DEBUG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <eigen3/Eigen/Core>
#pragma GCC diagnostic pop

#include "float/float_products.hpp"

namespace crossbar {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<>;
using Output = Eigen::Map<Matrix, Eigen::Unaligned, Stride>;
using Input = Eigen::Map<const Matrix, Eigen::Unaligned, Stride>;

Input matrix(FloatMatrix x, std::ptrdiff_t rows, std::ptrdiff_t columns) {
    return Input(x.data, rows, columns, Stride(x.stride));
}

void rows_rows(float* c, std::ptrdiff_t c_stride, FloatMatrix a, FloatMatrix b, std::ptrdiff_t m,
               std::ptrdiff_t n, std::ptrdiff_t depth) {
    Output(c, m, n, Stride(c_stride)).noalias() =
        matrix(a, m, depth) * matrix(b, n, depth).transpose();
}

void rows_columns(float* c, std::ptrdiff_t c_stride, FloatMatrix a, FloatMatrix b, std::ptrdiff_t m,
                  std::ptrdiff_t n, std::ptrdiff_t depth) {
    Output(c, m, n, Stride(c_stride)).noalias() = matrix(a, m, depth) * matrix(b, depth, n);
}

void columns_columns(float* c, std::ptrdiff_t c_stride, FloatMatrix a, FloatMatrix b,
                     std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t depth) {
    Output(c, m, n, Stride(c_stride)).noalias() +=
        matrix(a, depth, m).transpose() * matrix(b, depth, n);
}

}  // namespace
}  // namespace crossbar
