// A deployed network as calls of the C runtime (runtime/cb_net.h), in order, with a place in one
// arena for each map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/deployed_layer.hpp"

namespace crossbar::sim {

// Bytes that hold a map, or what a kernel needs for itself, from call `born` to call `dies`.
struct ArenaPlace {
    std::size_t size, born, dies;
    std::size_t offset = 0;  // in the arena, a multiple of 4
};

enum class CKernel {
    pixels,
    convolution,
    depthwise,
    wide,
    wide_depthwise,
    logits,
    wide_logits,
    max,
    average,
    relu,
    add,
    shortcut
};

struct CCall {
    CKernel kernel;
    int stage = -1;         // of the network
    int out = -1, in = -1;  // places
    int fine = -1;          // of an add: its other input
    int scratch = -1;
    int up = 0, down = 0;    // of an add
    bool rectified = false;  // the relu behind it is had with it
};

struct ChipPlan {
    std::vector<CCall> calls;
    std::vector<ArenaPlace> places;
    std::size_t arena = 0;  // bytes
};

// Gives each its offset: largest first, at the lowest one that is free while it lives. Returns the
// arena's bytes.
std::size_t pack_places(std::vector<ArenaPlace>& places);

// Bits that a level has in flash: 1, 2, 4, 8 or 16.
int stored_bits(int bits);

// Bytes of flash: levels, packed; and all that the deployed network holds.
std::size_t level_bytes(const SynapseArray& synapses);
std::size_t constant_bytes(const DeployedNetwork& network, const DeployedLayer& layer);
std::size_t constant_bytes(const DeployedNetwork& network);

// Throws Error, naming the stage, for a network that takes more than the ideal target to read.
ChipPlan plan_chip(const DeployedNetwork& network);

}  // namespace crossbar::sim
