// Integer tables of the spread of writing and of drift at one moment.
#include "device/conductance.hpp"

#include <algorithm>
#include <cmath>

#include "base/tables.hpp"

namespace crossbar {
namespace {

double at(const LogLine& line, double g) {
    const auto& [first, slope, low, high] = line;
    return std::clamp(first + slope * std::log(std::max(g, 1e-7)), low, high);
}

std::int32_t fixed(double share) {
    return static_cast<std::int32_t>(std::lround(65536 * std::clamp(share, 0.0, 1.0)));
}

}  // namespace

ConductanceTables conductance_tables(const InferenceSpec& m, double seconds) {
    ConductanceTables t{};
    t.compensation = m.compensation;
    t.verify_tries = m.verify_tries;
    t.verify_within = fixed(m.verify_within);
    t.read_spread = fixed(m.read_spread / m.g_max);
    t.left.resize(ConductanceTables::places * 256);
    std::array<double, 256> z;
    for (std::size_t i = 0; i < 256; ++i) {
        z[i] = normal_quantile((static_cast<double>(i) + 0.5) / 256);
        t.normal[i] = static_cast<std::int16_t>(std::lround(256 * z[i]));
    }
    const double age = std::log(1 + seconds / m.t0);
    for (std::size_t place = 0; place < ConductanceTables::places; ++place) {
        const double g = static_cast<double>(place) / 256;
        const auto& c = m.write_spread;
        t.spread[place] = fixed((c[0] + (c[1] + c[2] * g) * g) / m.g_max);
        const double mean = at(m.drift, g), spread = at(m.drift_spread, g);
        for (std::size_t i = 0; i < 256; ++i)
            t.left[256 * place + i] = fixed(std::exp(-std::abs(mean + spread * z[i]) * age));
    }
    return t;
}

}  // namespace crossbar
