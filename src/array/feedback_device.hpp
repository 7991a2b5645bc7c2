// What a feedback array's synapses are made of: a magnitude that is written once, and a sign that
// is written anew, by pulses, whenever the forward synapse's sign changes. Some do neither. Real
// numbers from a target file, made into integers once; docs/devices.md.
#pragma once

#include <array>
#include <cstdint>

namespace crossbar {

struct FeedbackSpec {
    double stuck = 0;             // share that keeps the sign and the magnitude it is found with
    double lost = 0;              // share that carries nothing
    double magnitude_spread = 0;  // between devices, standard deviation, relative
    int copy_pulses = 2;          // of one copy of a sign: a SET here, a RESET there
    double endurance = 0;         // pulses that the median synapse takes; 0: no end
    double endurance_spread = 0;  // between devices, of the logarithm
};

// Synapses are of 255 kinds; kind 255 does not change any more.
struct FeedbackDevice {
    std::array<std::uint16_t, 256> scale;  // of the magnitude, by kind, * 256
    std::array<std::uint16_t, 256> life;   // pulses until it stays as it is; 65535: no end
    std::uint32_t lost, stuck;             // shares of 65536, the second on top of the first
    int copy_pulses;
    bool mortal;  // whether synapses wear out
};

// The kinds are drawn from the seed.
FeedbackDevice make_feedback_device(const FeedbackSpec& model, std::uint64_t seed);

// Of all that training sees.
std::uint64_t fingerprint_of(const FeedbackDevice& device);

}  // namespace crossbar
