// What becomes of conductances that a trained network is written into: a written one lies around
// the wanted one, and drifts until it is read, g(t) = g (t / t0)^-nu with t = t0 + seconds. Real
// numbers from a target file, made into integer tables for one moment; deploy.hpp applies them.
// Formulas and sources: docs/devices.md.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace crossbar {

// first, slope, low, high: x = first + slope ln(g), held within low..high; g is a share of the
// largest conductance.
using LogLine = std::array<double, 4>;

struct InferenceSpec {
    double g_max = 25;                     // microsiemens, of the highest level
    std::array<double, 3> write_spread{};  // microsiemens: standard deviation c0 + c1 g + c2 g^2
    LogLine drift{};                       // mean of nu
    LogLine drift_spread{};                // its standard deviation between devices
    double t0 = 20;                        // seconds from the pulses to g
    int verify_tries = 0;                  // writings of a device at most; 0: one, not read
    double verify_within = 0.01;           // of g_max: near enough
    double read_spread = 0;                // microsiemens: standard deviation of such a reading
    bool compensation = false;          // one digital factor per layer makes up for the mean drift
    std::vector<double> seconds = {0};  // after writing, at which the network is tested
};

// Conductances are shares of the largest one * 2^16; tables have an entry for each 256th of it.
struct ConductanceTables {
    static constexpr std::size_t places = 257;
    std::array<std::int32_t, places> spread;  // of writing, standard deviation
    std::array<std::int16_t, 256> normal;     // quantiles of a standard normal * 256
    std::vector<std::int32_t> left;           // [places][256]: by quantile of nu, what is left
    int verify_tries;                         // 0: written once, not read
    std::int32_t verify_within, read_spread;
    bool compensation;
};

// `seconds` after writing.
ConductanceTables conductance_tables(const InferenceSpec& model, double seconds);

}  // namespace crossbar
