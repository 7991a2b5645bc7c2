// Checks the figures of tiles and converters, and turns them into integers.
#include "array/tiles.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/fixed.hpp"
#include "base/tables.hpp"

namespace crossbar {
namespace {

// What is left of a signal at x (0 near, 1 far) of a wire that loses `loss` at its end. The current
// that its n devices draw falls along the wire, so the voltage falls as 2x - x^2.
std::int32_t left_at(double x, double loss) {
    return static_cast<std::int32_t>(std::lround(1024 * (1 - loss * (2 * x - x * x))));
}

void make_wires(Tiles& t, const TileSpec& m) {
    t.lossy = m.wire_loss != std::array<double, 2>{};
    for (std::size_t i = 0; i < t.band_gain.size(); ++i)
        t.band_gain[i] = left_at((static_cast<double>(i) + 0.5) / wire_bands, m.wire_loss[1]);
    t.column_gain.resize(static_cast<std::size_t>(m.columns));
    for (std::size_t i = 0; i < t.column_gain.size(); ++i)
        t.column_gain[i] = left_at((static_cast<double>(i) + 0.5) / m.columns, m.wire_loss[0]);
}

}  // namespace

int slices_for(const TileSpec& m, int top) {
    const int width = bit_width(static_cast<std::uint64_t>(top));
    return m.slice_bits == 0 ? 1 : (width + m.slice_bits - 1) / m.slice_bits;
}

Tiles make_tiles(const TileSpec& m, int input_top, int weight_top) {
    Tiles t{};
    t.slices = slices_for(m, weight_top);
    t.slice_bits = m.slice_bits;
    if (t.slices > 1) weight_top = (1 << m.slice_bits) - 1;
    t.rows = m.rows;
    t.columns = m.columns;
    const int input_bits = bit_width(static_cast<std::uint64_t>(input_top)) + 1;
    t.dac_drop = m.dac_bits == 0 ? 0 : std::max(0, input_bits - m.dac_bits);
    t.dac_top = input_top >> t.dac_drop << t.dac_drop;
    t.serial = m.serial;
    t.adc_bits = m.adc_bits;
    t.adc_top = m.adc_bits == 0 ? 0 : (1 << (m.adc_bits - 1)) - 1;
    t.range = m.range;
    // Of a serial input's bits the largest is what counts as full.
    const double unit = static_cast<double>(m.serial ? 1 : input_top) * weight_top;
    t.limit = static_cast<std::int32_t>(std::clamp(std::lround(m.adc_limit * unit), 1l, 1l << 24));
    t.headroom = static_cast<int>(std::lround(m.headroom * 256));
    t.calibration = m.calibration;
    for (std::size_t i = 0; i < 256; ++i) {
        const double z = normal_quantile((static_cast<double>(i) + 0.5) / 256);
        t.gain[i] = static_cast<std::int32_t>(
            std::lround(16384 * std::clamp(1 + m.gain_spread * z, 0.0, 2.0)));
        t.offset[i] = static_cast<std::int32_t>(
            std::lround(65536 * std::clamp(m.offset_spread * z, -1.0, 1.0)));
    }
    t.noise = static_cast<int>(
        std::clamp(std::lround(m.read_noise * unit * 16 / std::sqrt(85.0)), 0l, 1l << 24));
    make_wires(t, m);
    return t;
}

std::uint64_t fingerprint_of(const Tiles& t) {
    const std::array<int, 12> numbers = {
        t.rows,     t.columns,     t.dac_drop, t.dac_top,
        t.serial,   t.adc_top,     t.limit,    static_cast<int>(t.range),
        t.headroom, t.calibration, t.noise,    t.lossy};
    std::uint64_t hash = fingerprint(numbers.data(), sizeof numbers, fingerprint_start);
    hash = fingerprint(t.gain.data(), sizeof t.gain, hash);
    hash = fingerprint(t.offset.data(), sizeof t.offset, hash);
    hash = fingerprint(t.band_gain.data(), sizeof t.band_gain, hash);
    hash = fingerprint(t.column_gain.data(), t.column_gain.size() * sizeof(std::int32_t), hash);
    return t.slices == 1 ? hash : fingerprint(&t.slice_bits, sizeof t.slice_bits, hash);
}

}  // namespace crossbar
