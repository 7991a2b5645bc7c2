// NEON with the int8 dot product (Armv8.2 and later: Cortex-A76, Neoverse N1, Apple M1). A group of
// 4 bytes is one instruction, signed by signed into int32.
#if defined(__aarch64__)

#include <arm_neon.h>
#include <sys/auxv.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

// g++ 12 has no __builtin_cpu_supports for Arm; Linux tells a program in its auxiliary vector.
bool available() {
    return (::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
}

}  // namespace

#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")

namespace {

#include "neon.inl"

struct Lanes : NeonLanes {
    static constexpr int rows = 5, vectors = 4;
    using Small = Lanes;

    template <Unsigned>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        return Words(vdotq_s32(int32x4_t(sums), left, load(packed)));
    }
};

#include "body.inl"

}  // namespace

#pragma GCC pop_options

constinit const Kernels neondot =
    table("neondot", "NEON with the int8 dot product of Armv8.2", available);

}  // namespace crossbar::kernels

#endif
