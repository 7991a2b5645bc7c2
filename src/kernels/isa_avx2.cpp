// AVX2: Haswell, Zen and later. A group of 4 bytes is two multiplications: pairs in int16, and
// those in int32.
#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

bool available() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("avx2")

namespace {

#include "avx2.inl"

struct Lanes : Avx2 {
    using Sums = Words;
    static constexpr int rows = 4, vectors = 2, most_groups = 1 << 30, period = 1 << 30,
                         small_bytes = 0;
    using Small = Lanes;
    static bool is_small(const std::int8_t*, std::ptrdiff_t) { return false; }

    template <Unsigned which>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        return add_pairs(sums, pairs<which>(left, packed));
    }
    static Sums none() { return Sums{}; }
    static void settle(Sums&) {}
    static Words total(Sums sums) { return sums; }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels avx2 = table("avx2", "AVX2, 256-bit integers", available);

}  // namespace crossbar::kernels

#endif
