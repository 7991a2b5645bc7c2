// Statistics to tables of means, factors and limits, in integers: docs/arithmetic.md, section 5.
#include "network/batch_norm.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar {
namespace {

using Signed128 = __int128;

SynapseArray constant_synapses(int channels, int level) {
    SynapseArray a{channels, 1, 16, -12, {}, 0, {}};
    a.levels = std::vector<std::int16_t>(static_cast<std::size_t>(channels),
                                         static_cast<std::int16_t>(level));
    return a;
}

// The learnt scale of a channel, 12 fractional bits.
int scale_of(const BatchNorm& bn, std::size_t channel) {
    return bn.mode == BatchNormMode::affine ? level_at(bn.affine.scale, channel) : 4096;
}

}  // namespace

BatchNorm make_batch_norm(BatchNormMode mode, int channels, int activation_bits) {
    BatchNorm bn;
    bn.mode = mode;
    bn.channels = channels;
    bn.unit = normal_unit(activation_bits);
    bn.top = top_level(activation_bits);
    const auto n = static_cast<std::size_t>(channels);
    bn.running = {std::vector<std::int64_t>(n, 0), std::vector<std::int64_t>(n, 65536)};
    bn.tested = bn.running;
    if (mode == BatchNormMode::affine) {
        bn.affine.scale = constant_synapses(channels, 4096);
        bn.affine.shift = constant_synapses(channels, 0);
    }
    return bn;
}

void Moments::clear(int channels) {
    const auto n = static_cast<std::size_t>(channels);
    sum.assign(n, 0);
    square.assign(n, 0);
    piece.resize(n);
}

void Moments::add(const Kernels& kernels, const std::int32_t* sums, std::size_t rows,
                  int channels) {
    // |s| < 2^25, so 8192 rows of squares stay below 2^63.
    constexpr std::size_t most = 8192;
    for (std::size_t first = 0; first < rows; first += most) {
        std::fill(piece.begin(), piece.end(), 0);
        kernels.moments(sum.data(), piece.data(), sums + first * static_cast<std::size_t>(channels),
                        std::min(most, rows - first), channels);
        for (std::size_t c = 0; c < piece.size(); ++c)
            square[c] += piece[c];
    }
}

void Moments::add(const Moments& other) {
    for (std::size_t c = 0; c < sum.size(); ++c) {
        sum[c] += other.sum[c];
        square[c] += other.square[c];
    }
}

void Moments::put(std::vector<std::int64_t>& to) const {
    to.assign(sum.begin(), sum.end());
    for (const Unsigned128 s : square)
        to.push_back(static_cast<std::int64_t>(static_cast<std::uint32_t>(s)));
    for (const Unsigned128 s : square)
        to.push_back(static_cast<std::int64_t>(s >> 32));
}

void Moments::take(const std::vector<std::int64_t>& from) {
    const std::size_t n = sum.size();
    for (std::size_t c = 0; c < n; ++c) {
        sum[c] = from[c];
        square[c] = (static_cast<Unsigned128>(from[2 * n + c]) << 32) +
                    static_cast<Unsigned128>(from[n + c]);
    }
}

void finish(const Moments& moments, std::size_t rows, Statistics& out) {
    const std::size_t channels = moments.sum.size();
    out.mean.resize(channels);
    out.variance.resize(channels);
    const auto p = static_cast<Unsigned128>(rows);
    for (std::size_t c = 0; c < channels; ++c) {
        const std::int64_t sum = moments.sum[c];
        out.mean[c] = static_cast<std::int64_t>((static_cast<Signed128>(sum) * 65536) /
                                                static_cast<std::int64_t>(rows));
        // (P sum(s^2) - sum(s)^2) / P^2: exact until the one division.
        const Unsigned128 square_of_sum =
            static_cast<Unsigned128>(static_cast<Signed128>(sum) * sum);
        const Unsigned128 variance = (p * moments.square[c] - square_of_sum) * 65536 / (p * p);
        out.variance[c] =
            static_cast<std::int64_t>(std::min(variance, static_cast<Unsigned128>(most_variance)));
    }
}

void blend(BatchNorm& bn, const Statistics& batch) {
    for (std::size_t c = 0; c < batch.mean.size(); ++c) {
        std::int64_t& mean = bn.running.mean[c];
        std::int64_t& variance = bn.running.variance[c];
        mean = bn.started ? mean + round_shift(batch.mean[c] - mean, 4) : batch.mean[c];
        variance = bn.started ? variance + round_shift(batch.variance[c] - variance, 4)
                              : batch.variance[c];
    }
    bn.started = true;
    bn.tested = bn.running;
}

void average(BatchNorm& bn, const Statistics& batch, std::int64_t n) {
    const auto move = [n](std::int64_t& mean, std::int64_t value) {
        mean += round_divide(value - mean, n);
    };
    for (std::size_t c = 0; c < batch.mean.size(); ++c) {
        move(bn.tested.mean[c], batch.mean[c]);
        move(bn.tested.variance[c], batch.variance[c]);
    }
}

void find_deviations(const Statistics& statistics, Deviations& d) {
    d.sigma.resize(statistics.variance.size());
    d.largest = 0;
    for (std::size_t c = 0; c < d.sigma.size(); ++c) {
        d.sigma[c] = integer_sqrt(static_cast<std::uint64_t>(statistics.variance[c]));
        d.largest = std::max(d.largest, d.sigma[c]);
    }
    // Below half a sum, or 2^-15 of the widest channel, a channel is as good as constant; the floor
    // keeps the product of factor and limit below 2^31.
    d.floor = std::max<std::uint64_t>(128, d.largest >> 15);
    for (std::uint64_t& sigma : d.sigma)
        sigma = std::max(sigma, d.floor);
}

void make_delta_tables(const BatchNorm& bn, const Deviations& forward, const DeltaMoments& moments,
                       std::size_t rows, NormaliseDeltaTables& t) {
    const std::size_t n = forward.sigma.size();
    for (auto* v : {&t.mean, &t.slope, &t.gain})
        v->resize(n);
    const auto p = static_cast<std::int64_t>(rows);
    const std::int64_t unit = bn.unit;
    // gain = unit * scale / sigma * 2^k with the k that brings the largest to 512..1023.
    // In fixed point: scale has 12 fractional bits, sigma 8, so the ratio below has 40 + 4.
    // Channels at the floor do not count: one dead channel would silence all others.
    std::int64_t largest = 1;
    for (std::size_t c = 0; c < n; ++c)
        if (forward.sigma[c] > forward.floor)
            largest = std::max(largest, (std::abs(std::int64_t{scale_of(bn, c)}) * unit << 40) /
                                            static_cast<std::int64_t>(forward.sigma[c]));
    const int drop = std::max(0, bit_width(static_cast<std::uint64_t>(largest)) - 10);
    for (std::size_t c = 0; c < n; ++c) {
        const std::int64_t ratio = (scale_of(bn, c) * unit * (std::int64_t{1} << 40)) /
                                   static_cast<std::int64_t>(forward.sigma[c]);
        t.gain[c] = static_cast<std::int32_t>(saturate(ratio >> drop, 1023));
        t.mean[c] = static_cast<std::int32_t>(round_divide(moments.e[c] * 256, p));
        t.slope[c] =
            static_cast<std::int32_t>(round_divide(moments.ex[c] * 65536, p * unit * unit));
    }
    // Output = delta * 2^8 * (ratio / 2^(44 + drop - ...)): ratio = true gain * 2^(40 + 12 - 8).
    t.exponent = drop - 44 - 8 + 4;
}

}  // namespace crossbar
