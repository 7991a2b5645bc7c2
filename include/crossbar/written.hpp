// A trained network as it is read some time after it was written into devices for good: levels
// that are off by the spread of writing and by drift, on a finer grid. For inference alone.
#pragma once

#include "crossbar/conductance.hpp"
#include "crossbar/network.hpp"
#include "crossbar/plan.hpp"

namespace crossbar {

// Synapses of an ideal array are written as a pair of which one device is at zero, others into the
// devices that they have; stuck devices stay as they are. Levels come out times a power of two:
// 16-bit ones that hold twice the largest level, or where tiles read them, 8-bit ones up to 127.
// Sums keep their unit. Every moment has the same draws of the same devices.
Network written(const Network& network, const ConductanceTables& tables, const Plan& plan);

}  // namespace crossbar
