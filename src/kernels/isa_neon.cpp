// NEON: every 64-bit Arm machine. A group of 4 bytes is multiplied into int16 and added in pairs:
// those stay exact, for 2 * 127 * 128 < 32768. Pairs of pairs then join the int32 sums.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "kernels/kernels.hpp"
#include "sets.hpp"

namespace crossbar::kernels {
namespace {

bool available() {
    return true;
}

#include "neon.inl"

struct Lanes : NeonLanes {
    static constexpr int rows = 4, vectors = 4;
    using Small = Lanes;

    template <Unsigned>
    static Sums multiply(Sums sums, Bytes left, const std::int8_t* packed) {
        const Bytes right = load(packed);
        const int16x8_t low = vmull_s8(vget_low_s8(left), vget_low_s8(right));
        const int16x8_t high = vmull_high_s8(left, right);
        return Words(vpadalq_s16(int32x4_t(sums), vpaddq_s16(low, high)));
    }
};

#include "body.inl"

}  // namespace

constinit const Kernels neon = table("neon", "NEON of Armv8, 128-bit integers", available);

}  // namespace crossbar::kernels

#endif
