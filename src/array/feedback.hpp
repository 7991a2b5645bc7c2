// The feedback array: synapses of their own that carry errors back. Their magnitudes are random,
// their signs follow the forward synapses' sign plane; no magnitude ever crosses ("no weight
// transport"). Definitions: Liao, Leibo, Poggio, arXiv 1510.05067, and docs/learning.md. With `kp`
// they begin so, and from then on get the pulses of the forward synapses instead of their signs
// (Kolen, Pollack, "Backpropagation without weight transport", ICNN 1994).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "array/feedback_device.hpp"
#include "array/synapse_array.hpp"

namespace crossbar {

enum class Magnitude { forward, one, uniform, normal, pulsed };

struct FeedbackScheme {
    const char* name;
    const char* summary;
    Magnitude magnitude;  // forward: V = W, the one scheme that does transport weights; pulsed:
                          // V moves by the pulses of W
    bool signs_follow;    // V's signs are those of W
    bool redrawn;         // magnitudes (and mask) after every update, else once
    bool masked;          // times a random sign mask, --concordance; of `pulsed` at first
    bool scaled;          // a gain per layer so that rms(V) = rms(W); shows with sgd, or `add`
};

std::span<const FeedbackScheme> feedback_schemes();

// What a feedback synapse does while its forward synapse is at level 0.
enum class SignOfZero { keep, zero };

// V is outputs x inputs as W. Levels lie in -top_level(bits)..top_level(bits).
struct FeedbackArray {
    const FeedbackScheme* scheme = nullptr;
    int bits = 8;
    SignOfZero sign_of_zero = SignOfZero::keep;
    std::uint32_t concordance = 65536;  // p * 65536
    std::uint64_t seed = 0;
    std::uint32_t layer = 0;
    std::vector<std::int8_t> levels;  // empty for Magnitude::forward and pulsed
    std::vector<std::int8_t> mask;    // S_p, -1/+1; empty unless the scheme keeps one
    // Magnitude::pulsed: V, synapses like those of W, of as many bits.
    std::optional<SynapseArray> pulsed;
    // Synapses that were written anew so far: their forward synapse's sign had changed, or the
    // scheme redraws.
    std::uint64_t copies = 0;
    // Null: ideal. Else what each synapse is made of; where they wear out, also the pulses of
    // copies that it has had, which saturate at 65535.
    std::shared_ptr<const FeedbackDevice> device;
    std::vector<std::uint8_t> kinds;
    std::vector<std::uint16_t> wear;
};

// Draws V for a forward array at step 0. On devices some of it is stuck or lost from the start.
// With Magnitude::pulsed its levels are uniform up to sqrt(3) rms(W), its signs those of W times
// S_p.
FeedbackArray make_feedback(const FeedbackScheme& scheme, int bits, SignOfZero sign_of_zero,
                            std::uint32_t concordance, std::uint64_t seed, std::uint32_t layer,
                            const SynapseArray& forward, const Kernels& kernels,
                            std::shared_ptr<const FeedbackDevice> device = nullptr);

// After an update of the forward synapses first .. last - 1: redraws where the scheme does
// (addressed by step), then lets the signs follow. Returns how many synapses were written anew.
std::uint64_t sync_feedback_signs(FeedbackArray& feedback, const SynapseArray& forward,
                                  std::uint64_t step, std::size_t first, std::size_t last,
                                  const Kernels& kernels);

// The synapses whose levels V is: those of W with Magnitude::forward, V's own with pulsed, else
// null.
const SynapseArray* synapses_back(const FeedbackArray& feedback, const SynapseArray& forward);

// Level i of V, without sign_of_zero.
int feedback_level(const FeedbackArray& feedback, const SynapseArray& forward, std::size_t i);

// What errors pass through: V with sign_of_zero applied, or the slices of synapses_back.
void effective_slices(const FeedbackArray& feedback, const SynapseArray& forward, Slices& slices);

// The same where it lies in memory as one plane already; else null.
const std::vector<std::int8_t>* effective_plane(const FeedbackArray& feedback,
                                                const SynapseArray& forward);

// real = level * 2^exponent, to the nearest power of two: the scale that sgd's gradients need.
int feedback_exponent(const FeedbackArray& feedback, const SynapseArray& forward);

// Synapses whose feedback sign agrees with the forward sign, among those with W and V not 0.
struct Concordance {
    std::size_t agree = 0, counted = 0;
};
Concordance concordance_of(const FeedbackArray& feedback, const SynapseArray& forward);

}  // namespace crossbar
