// Integer batch normalisation of int32 sums to activations: zero mean, unit standard deviation a
// channel, 2^(activation_bits - 3) levels a standard deviation (one for two bits).
// Derivations of every format and bound: docs/arithmetic.md, "Batch normalisation".
#pragma once

#include <cstdint>
#include <vector>

#include "array/rule.hpp"
#include "kernels/kernels.hpp"
#include "network/plan.hpp"

namespace crossbar {

// Mean and variance of each channel in units of a sum, 16 fractional bits.
struct Statistics {
    std::vector<std::int64_t> mean;      // within +-most_mean
    std::vector<std::int64_t> variance;  // 0 to most_variance, where it saturates
};
inline constexpr std::int64_t most_mean = std::int64_t{1} << 41;
inline constexpr std::int64_t most_variance = std::int64_t{1} << 62;

// Learnable scale and shift of each channel, 12 fractional bits, as 16-bit synapses of their own.
struct Affine {
    SynapseArray scale, shift;  // channels x 1
    Trace scale_trace, shift_trace;
};

struct BatchNorm {
    BatchNormMode mode = BatchNormMode::none;
    int channels = 0;
    int unit = 32;         // levels a standard deviation
    int top = 127;         // largest activation
    bool started = false;  // running statistics hold at least one batch
    Statistics running;    // of training's last batches
    Statistics tested;     // what tests go by: the running ones, or those that were taken since
    Affine affine;
};

// Levels a standard deviation for activations of `bits` bits.
constexpr int normal_unit(int bits) {
    return bits <= 3 ? 1 : 1 << (bits - 3);
}

BatchNorm make_batch_norm(BatchNormMode mode, int channels, int activation_bits);

using Unsigned128 = unsigned __int128;

// Exact sums of a batch; threads each fill one and they are added.
struct Moments {
    std::vector<std::int64_t> sum;
    std::vector<Unsigned128> square;
    std::vector<std::uint64_t> piece;  // squares of the piece at hand

    void clear(int channels);
    void add(const Kernels& kernels, const std::int32_t* sums, std::size_t rows, int channels);
    void add(const Moments& other);
    // As numbers of 64 bits, which add up one by one, and back: sums, then the low 32 bits of each
    // square and what is above them.
    void put(std::vector<std::int64_t>& to) const;
    void take(const std::vector<std::int64_t>& from);
};

// Statistics of `rows` >= 1 sums per channel.
void finish(const Moments& moments, std::size_t rows, Statistics& statistics);

// running += (batch - running) / 16; the first batch is taken as it is. Tests go by them.
void blend(BatchNorm& bn, const Statistics& batch);

// tested += (batch - tested) / n, rounded to the nearest: the mean of n batches, the n-th of which
// is at hand.
void average(BatchNorm& bn, const Statistics& batch, std::int64_t n);

// Standard deviations, 8 fractional bits, none below `floor`: half a sum, or 2^-15 of the largest.
struct Deviations {
    std::vector<std::uint64_t> sigma;
    std::uint64_t floor = 128, largest = 0;
};
void find_deviations(const Statistics& statistics, Deviations& deviations);

// Sums of e and e * x over the batch, a channel.
struct DeltaMoments {
    std::vector<std::int64_t> e, ex;
};

struct NormaliseDeltaTables {
    std::vector<std::int32_t> mean, slope, gain;
    int exponent = 0;  // the kernel's output is the delta at the sums * 2^exponent

    NormaliseDelta view() const { return {mean.data(), slope.data(), gain.data()}; }
};
void make_delta_tables(const BatchNorm& bn, const Deviations& forward, const DeltaMoments& moments,
                       std::size_t rows, NormaliseDeltaTables& tables);

}  // namespace crossbar
