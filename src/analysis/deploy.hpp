// A trained network as it is read some time after it was written into devices for good: levels
// that are off by the spread of writing and by drift, on a finer grid. For inference alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "array/target.hpp"
#include "device/conductance.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"

namespace crossbar {

// What the writing of a layer took.
struct WriteCounts {
    std::uint64_t devices = 0;  // that can be written: neither stuck nor a fixed reference
    std::uint64_t writings = 0, readings = 0;
    std::uint64_t missed = 0;  // still too far by their last reading

    WriteCounts& operator+=(const WriteCounts& other);
};

struct Deployed {
    Network network;
    std::vector<WriteCounts> layers;
};

// Synapses of an ideal array are written as a pair of which one device is at zero, others into the
// devices that they have; stuck devices stay as they are. Levels come out times a power of two:
// 16-bit ones that hold twice the largest level, or where tiles read them, 8-bit ones up to 127.
// Sums keep their unit. Every moment has the same draws of the same devices.
//
// Where the tables say so each device is read when it has been written, and written again while the
// reading is farther than verify_within from what is wanted, at most verify_tries times in all.
Deployed written(const Network& network, const ConductanceTables& tables, const Plan& plan);

// The same with tables for each layer; a layer without stays as it is.
using LayerTables = std::vector<std::shared_ptr<const ConductanceTables>>;
Deployed written(const Network& network, const LayerTables& tables, const Plan& plan);

// Those of [inference] of the network and of its layers, so long after writing.
LayerTables conductances_of(const Hardware& hardware, std::span<const LayerHardware> layers,
                            std::size_t count, double seconds);

// When written networks of this target are read, in seconds; all layers at the same times.
std::vector<double> reading_times(const Target& target);

}  // namespace crossbar
