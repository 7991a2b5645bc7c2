// Calls of OpenBLAS and oneDNN behind one interface; empty where a build found neither.
#include "peers.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#if __has_include(<cblas-openblas.h>)
#include <cblas-openblas.h>
#define HAS_OPENBLAS 1
#else
#define HAS_OPENBLAS 0
#endif

#if __has_include(<dnnl.h>)
#include <dnnl.h>
#define HAS_DNNL 1
extern "C" void omp_set_num_threads(int count);
#else
#define HAS_DNNL 0
#endif

namespace crossbar::bench {
namespace {

template <typename A, typename B, typename C>
struct Operands {
    std::vector<A> a;
    std::vector<B> b;
    std::vector<C> c;

    Operands(int m, int n, int depth)
        : a(static_cast<std::size_t>(m) * static_cast<std::size_t>(depth), A{3}),
          b(static_cast<std::size_t>(n) * static_cast<std::size_t>(depth), B{5}),
          c(static_cast<std::size_t>(m) * static_cast<std::size_t>(n)) {}
};

#if HAS_OPENBLAS
std::function<void()> openblas(int m, int n, int depth) {
    openblas_set_num_threads(1);
    auto o = std::make_shared<Operands<float, float, float>>(m, n, depth);
    return [=] {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, depth, 1, o->a.data(), depth,
                    o->b.data(), n, 0, o->c.data(), n);
    };
}
#endif

#if HAS_DNNL
std::function<void()> dnnl_unsigned(int m, int n, int depth) {
    omp_set_num_threads(1);
    auto o = std::make_shared<Operands<std::uint8_t, std::int8_t, std::int32_t>>(m, n, depth);
    return [=] {
        const std::int32_t offset = 0;
        dnnl_gemm_u8s8s32('N', 'N', 'F', m, n, depth, 1, o->a.data(), depth, 0, o->b.data(), n, 0,
                          0, o->c.data(), n, &offset);
    };
}

std::function<void()> dnnl_signed(int m, int n, int depth) {
    omp_set_num_threads(1);
    auto o = std::make_shared<Operands<std::int8_t, std::int8_t, std::int32_t>>(m, n, depth);
    return [=] {
        const std::int32_t offset = 0;
        dnnl_gemm_s8s8s32('N', 'N', 'F', m, n, depth, 1, o->a.data(), depth, 0, o->b.data(), n, 0,
                          0, o->c.data(), n, &offset);
    };
}
#endif

}  // namespace

std::span<const Peer> peers() {
    static const std::vector<Peer> found = [] {
        if (!HAS_OPENBLAS) std::fputs("skipped: OpenBLAS (apt install libopenblas-dev)\n", stderr);
        if (!HAS_DNNL) std::fputs("skipped: oneDNN (apt install libdnnl-dev)\n", stderr);
        return std::vector<Peer> {
#if HAS_OPENBLAS
            {"openblas_sgemm", std::nullopt, openblas},
#endif
#if HAS_DNNL
                {"dnnl_u8s8", Unsigned::left, dnnl_unsigned},
                {"dnnl_s8s8", Unsigned::neither, dnnl_signed},
#endif
        };
    }();
    return found;
}

}  // namespace crossbar::bench
