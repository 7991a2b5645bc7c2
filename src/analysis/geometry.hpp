// A layer as the hardware sees it: how many synapses, and what a reading of its array drives,
// converts and reads.
#pragma once

#include <algorithm>
#include <cmath>

#include "network/network.hpp"

namespace crossbar {

struct Geometry {
    double positions, inputs, outputs, devices;  // windows per image; devices per synapse
    bool depthwise;
    double synapses() const { return inputs * outputs; }
};

inline Geometry geometry_of(const Layer& layer) {
    const auto& device = layer.forward.devices.device;
    return {static_cast<double>(layer.positions()), static_cast<double>(layer.forward.inputs),
            static_cast<double>(layer.forward.outputs), device && device->two() ? 2.0 : 1.0,
            layer.depthwise};
}

// Channels of a depthwise layer that share a tile. Each has rows and columns of its own, so that
// they stand on the tile's diagonal, and nothing where the rows of one cross the columns of
// another; a synapse then takes the room of so many.
inline double on_diagonal(const Geometry& g, double tile_rows) {
    return g.depthwise ? std::clamp(std::floor(tile_rows / g.inputs), 1.0, g.outputs) : 1;
}

// One position read: cells where driven rows meet columns, rows that a column has, and columns that
// the ADCs of a tile convert by turns.
struct ArrayReading {
    double rows, columns, cells, column_rows, by_turns;
};

// Inputs to outputs, and errors at the outputs to the inputs; `each` columns for a synapse.
inline ArrayReading forward_reading(const Geometry& g, double each, double tile_rows) {
    if (!g.depthwise)
        return {g.inputs, g.outputs * each, g.synapses() * each, g.inputs, g.outputs * each};
    return {g.synapses(), g.outputs * each, g.synapses() * each, g.inputs,
            on_diagonal(g, tile_rows) * each};
}
inline ArrayReading back_reading(const Geometry& g, double each) {
    if (!g.depthwise)
        return {g.outputs, g.inputs * each, g.synapses() * each, g.outputs, g.inputs * each};
    return {g.outputs, g.synapses() * each, g.synapses() * each, 1, g.synapses() * each};
}

}  // namespace crossbar
