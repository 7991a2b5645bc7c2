// A network as it is used: all that turns pixels into logits, and nothing that only training needs.
// What batch normalisation has gathered and learnt is folded into a few integers per output. It is
// what `evaluate` runs; docs/export.md has its formulas.
#pragma once

#include <cstdint>
#include <vector>

#include "network/batch_norm.hpp"
#include "network/network.hpp"

namespace crossbar {

// Stored sums s to activations q in -top..top, for each output:
//
//   normalised   d = clamp(s - mean, limit) >> shift,  q = clamp((d * factor + offset) >> 22, top)
//   learnt       then q = clamp((q * gain + bias) >> 12, top)
//   else         q = clamp(s / 2^shift, half away from 0, top)
struct Activation {
    bool normalised = false;
    int top = 127;
    int shift = 0;
    int exponent = 0;  // of q where it is normalised
    std::vector<std::int32_t> mean, limit, factor, offset;
    std::vector<std::int32_t> gain, bias;  // empty unless they are learnt

    bool learnt() const { return !gain.empty(); }
    // Of q, from that of s.
    int exponent_from(int sums) const { return normalised ? exponent : sums + shift; }
    Normalise view() const {
        return {mean.data(), limit.data(), factor.data(), offset.data(), shift, top};
    }
};

// From the statistics of a batch, or the running ones; without normalisation from the shift alone.
void make_activation(const BatchNorm& norm, const Statistics& statistics,
                     const Deviations& deviations, int shift, Activation& activation);

// out = clamp((x * gain + bias) >> 12); rows x channels.
void scale_and_shift(const Activation& activation, const std::int8_t* x, std::int8_t* out,
                     std::size_t rows);

struct DeployedLayer {
    const Crossbar* crossbar;  // the network's own, which must outlive this
    Activation activation;
};

struct DeployedNetwork {
    Shape input;
    int classes, input_top, gain;
    std::vector<Stage> stages;
    std::vector<DeployedLayer> layers;
};

DeployedNetwork deploy(const Network& network);

// Of each stage's output, whose values are q * 2^exponent; that of the image too, in front.
std::vector<int> exponents_of(const DeployedNetwork& network);

}  // namespace crossbar
