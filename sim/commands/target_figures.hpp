// Pulse curves of targets, beside measured ones: as a panel, and as figures of several over one
// another.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "array/target.hpp"
#include "pictures/figure.hpp"

namespace crossbar::sim {

struct TargetDevice {
    Target target;
    std::shared_ptr<const DeviceTables> device;  // as training uses it; null: ideal
    int bits = 0;                                // of a synapse
};

// Pulses from the lowest to the highest twentieth, or back; 0 where they do not get there.
std::size_t pulses_across(const Curve& curve, Pulse side);

// Position after each pulse of a SET and a RESET train: by the formula, and of three devices that
// differ. Not of an ideal device.
FigurePanel pulse_panel(const TargetDevice& target);

// The first SET train of a file and the first RESET train, if any; values from 0, the lowest that
// was measured, to 1.
struct MeasuredTrains {
    std::string name;
    std::array<std::vector<double>, 2> values;
};
// Throws Error.
MeasuredTrains measured_trains(const std::string& file);

// Of one target the formula and three devices over pulses. Of several the formulas, over the share
// of each train; so are measured points.
Figure pulse_figure(const std::vector<TargetDevice>& targets,
                    const std::vector<MeasuredTrains>& measured);

// Mean steps by position, a panel for SET and one for RESET.
Figure step_figure(const std::vector<TargetDevice>& targets);

}  // namespace crossbar::sim
