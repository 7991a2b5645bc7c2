// Softmax cross-entropy in integers: logits and probabilities from the last layer's sums.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/workspace.hpp"

namespace crossbar {

// The real logit of a sum is sum * gain / 2^10 * 2^exponent.
struct ReadOut {
    int gain = 1024;
    int exponent = 0;
};

// Index of the largest sum; the first of equals.
int predicted(std::span<const std::int32_t> sums);

// Logits of one image to probabilities of 2^30 in all but rounding: p * 2^30. Differences beyond 16
// count as 16. Returns ln(sum of exp(z - max)) with 16 fractional bits and the largest logit's
// place.
void softmax(std::span<const std::int32_t> sums, const ReadOut& read_out, SoftmaxOf& out);

// Counts, and fills LayerWorkspace::sum_delta of the last layer: (p - onehot) * gain in error bits,
// in dL/d(sum).
Metrics loss_and_delta(const ReadOut& read_out, const DeltaFormat& format, Workspace& work,
                       const Compute& compute);

// Counts alone.
Metrics loss_only(const ReadOut& read_out, Workspace& work, const Compute& compute);

}  // namespace crossbar
