// Draws kinds and stuck devices of feedback synapses, and rewrites magnitudes when a sign turns.
#include "array/feedback_device.hpp"

#include <algorithm>
#include <cmath>

#include "base/fingerprint.hpp"
#include "device/device.hpp"

namespace crossbar {

FeedbackDevice make_feedback_device(const FeedbackSpec& m, std::uint64_t seed) {
    FeedbackDevice d{};
    d.copy_pulses = m.copy_pulses;
    d.mortal = m.endurance > 0;
    const auto share = [](double x) {
        return static_cast<std::uint32_t>(std::lround(std::min(x, 1.0) * 65536));
    };
    d.lost = share(m.lost);
    d.stuck = share(m.lost + m.stuck);
    const KindQuantiles size = shuffled_normal(seed, 6), life = shuffled_normal(seed, 7);
    for (std::size_t k = 0; k < mobile_kinds; ++k) {
        const double scale = std::clamp(1 + m.magnitude_spread * size[k], 0.0, 255.0);
        d.scale[k] = static_cast<std::uint16_t>(std::lround(256 * scale));
        d.life[k] = 65535;
        if (m.endurance > 0)
            d.life[k] = static_cast<std::uint16_t>(std::clamp(
                std::lround(m.endurance * std::exp(m.endurance_spread * life[k])), 1l, 65534l));
    }
    d.scale[stuck_kind] = 256;
    d.life[stuck_kind] = 65535;
    return d;
}

std::uint64_t fingerprint_of(const FeedbackDevice& d) {
    const std::array<std::uint32_t, 3> numbers = {d.lost, d.stuck,
                                                  static_cast<std::uint32_t>(d.copy_pulses)};
    std::uint64_t hash = fingerprint(numbers.data(), sizeof numbers, fingerprint_start);
    hash = fingerprint(d.scale.data(), sizeof d.scale, hash);
    return fingerprint(d.life.data(), sizeof d.life, hash);
}

}  // namespace crossbar
