// Settings of single layers, --layer "1:weight-bits=8,target=pcm;last:tiles.adc_bits=6": layers
// count from 1, as in --trace and --map; "first", "last", "2..4" and lists of these name several.
// Of a key that is given twice for a layer the last counts.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "array/target.hpp"
#include "session/settings.hpp"

namespace crossbar {

// One key of one entry: which layers, as given, and "weight-bits", "target" or a key of the target.
struct LayerChange {
    std::string which, key, value;
};

// Throws Error for what is no entry, and for a key that no layer has, with the nearest.
std::vector<LayerChange> parse_layer_changes(const std::string& text);

// The text of these again.
std::string text_of(const std::vector<LayerChange>& changes);

// The text with other names for the files of targets in it.
std::string with_targets(const std::string& text,
                         const std::function<std::string(const std::filesystem::path&)>& name);

// What is said of a layer, from 0; empty and 0 where nothing is.
struct LayerSettings {
    std::size_t layer = 0;
    int weight_bits = 0;
    std::string target, device;  // device: "KEY=VALUE;..", on top of the layer's target

    bool any() const { return weight_bits != 0 || !target.empty() || !device.empty(); }
};

// Of layers that something is said of, by layer. Throws Error where the network has no such layer.
std::vector<LayerSettings> layer_settings(const RunSettings& settings);

// The target of a run, with the hardware of its layers. A layer has the run's target and changes
// unless it names a target of its own, and the run's bits unless it or its own target says others.
// Throws Error.
Target target_of(const RunSettings& settings);

// Bits of the layer that has the fewest. Where the layers are wrong in themselves, which is told
// where they are needed, the run's.
int fewest_bits(const RunSettings& settings);

// Layers of a network, by its text. Throws Error.
std::size_t layer_count(const std::string& network);

// Changes of a target behind others: a key that is given again counts as it is given last.
std::string added_up(const std::string& before, const std::string& changes);

}  // namespace crossbar
