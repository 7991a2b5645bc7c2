// The ranges of numbers in Settings. They stand here once: a plan is refused outside them, and so
// is a value that is given by name (session/settings.hpp).
#pragma once

#include <span>
#include <string_view>

#include "network/plan.hpp"

namespace crossbar {

struct Range {
    std::string_view name;
    double low, high;
    double (*value)(const Settings&);
};

#define RANGE(name, low, high, field)                                                   \
    {                                                                                   \
        name, low, high, [](const Settings& s) { return static_cast<double>(s.field); } \
    }
// clang-format off
inline constexpr Range ranges[] = {
    RANGE("weight-bits", 1, 16, weight_bits),
    RANGE("activation-bits", 2, 8, activation_bits),
    RANGE("error-bits", 2, 8, error_bits),
    RANGE("feedback-bits", 1, 8, feedback_bits),
    RANGE("concordance", 0, 1, concordance),
    RANGE("rate", 0, 100, rate),
    RANGE("rate-decay", 0.01, 1, rate_decay),
    RANGE("warm-up", 0, 100000, warm_up),
    RANGE("label-smoothing", 0, 0.9, label_smoothing),
    RANGE("momentum", 0, 0.99, momentum),
    RANGE("decay", 0, 1, decay),
    RANGE("readout-gain", 0.01, 15, readout_gain),
    RANGE("readout-rate", 0, 10, readout_rate),
    RANGE("bn-rate", 0, 10, bn_rate),
    RANGE("bn-bound", 1, 7.9375, bn_bound),
    RANGE("pulse-budget", 0, 1000, pulse_budget),
    RANGE("counter-bits", 2, 16, counter_bits),
    RANGE("counter-leak", 0, 1000000, counter_leak),
    RANGE("counter-share", 1, 64, counter_share),
    RANGE("voters", 0, 65536, voters),
    RANGE("faulty-voters", 0, 65536, faulty_voters),
    RANGE("random-voters", 0, 65536, random_voters),
    RANGE("silent-voters", 0, 65536, silent_voters),
    RANGE("bn-images", 0, 1e9, bn_images),
    RANGE("augment-crop", 0, 4095, augment_crop),
    RANGE("augment-cutout", 0, 4095, augment_cutout),
    RANGE("augment-rotate", 0, 45, augment_rotate),
    RANGE("augment-shift", 0, 0.5, augment_shift),
    RANGE("epochs", 0, 100000, epochs),
    RANGE("batch", 1, 65536, batch),
};
// clang-format on
#undef RANGE

// Of a setting that has one; another name does not compile.
consteval const Range& range_of(std::string_view name) {
    for (const Range& range : ranges)
        if (range.name == name) return range;
    throw "no such range";
}

}  // namespace crossbar
