// A target is what the network is trained on: a device and the array around it, as TOML in targets/
// (embedded into the program at build) or a user's own file. Without a device it is the ideal one,
// where a pulse moves one level, and the bounds hold. Every key: docs/devices.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "array/feedback_device.hpp"
#include "array/tiles.hpp"
#include "crossbar/target.hpp"
#include "device/conductance.hpp"
#include "device/cost_figures.hpp"
#include "device/device.hpp"

namespace crossbar {

// What arrays are made of and how they are read. What is missing is ideal.
struct Hardware {
    std::optional<DeviceSpec> device;
    std::optional<TileSpec> tiles, feedback_tiles;     // of the forward and the feedback arrays
    std::optional<CostFigures> cost = {};              // for reports alone
    std::optional<InferenceSpec> inference = {};       // what trained networks are written into
    std::optional<FeedbackSpec> feedback_device = {};  // what feedback synapses are made of
};

// What a layer has in place of what all have.
struct LayerHardware {
    std::size_t layer;   // from 0
    int weight_bits;     // of its synapses
    std::string target;  // by name
    int made_for;        // weight_bits of that target; 0: any
    Hardware hardware;
    std::uint64_t fingerprint;  // of that target
};

struct Target {
    std::string name;
    std::string title;
    std::string citation;
    int weight_bits = 0;           // that the device is made for; 0: any
    std::vector<double> expected;  // MNIST test error, percent: lowest, highest; or nothing
    Hardware hardware;
    std::vector<LayerHardware> layers;  // those with hardware of their own, by layer
    // Of all that the file says, changes included, but title, citation and expectation; of layers'
    // own hardware too.
    std::uint64_t fingerprint = 0;

    const Hardware& hardware_of(std::size_t layer) const;
};

// A built-in target by name, or a file when the text ends in .toml, or the
// TOML itself when it has several lines. `changes` replace keys of it:
// "KEY=VALUE;.." of [device], or TABLE.KEY=VALUE. A target without a device gets one where
// [device] is changed, whose pulses move one level as the ideal one's do. Throws Error with the
// nearest name, or with file and line, or change, of what is wrong.
Target load_target(const std::string& name_or_path, const std::string& changes = "");

// That "KEY=VALUE" names a key and a value in its range, for some target. Throws Error, beginning
// with `origin`, with the nearest key.
void check_target_change(const std::string& change, const std::string& origin);

// "a=1;b=2" taken apart.
std::vector<std::string> target_changes(const std::string& changes);

}  // namespace crossbar
