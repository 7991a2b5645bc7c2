// --map LAYER[:TILE_ROW:TILE_COLUMN]=FILE.png, .svg or .pdf: a layer's synapses as the crossbar has
// them, or those of one tile: inputs are rows from the top, outputs are columns from the left.
// Layers count from 1, tiles from 0. Beside the weights stand the devices that make them, where
// there are any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "session/run.hpp"

namespace crossbar::sim {

struct LevelMap {
    std::size_t layer = 0;  // from 0
    std::size_t first_input = 0, inputs = 0, first_output = 0, outputs = 0;
    std::string file;
};

// Of the values of the option, a line each. Throws Error for a layer or tile that there is not, or
// a float network.
std::vector<LevelMap> parse_maps(const std::string& lines, const Run& experiment);

// Where the cells are in a PNG: panel p's first one begins at (left + p * stride, top), and each is
// a square of so many pixels. Panels: weights; then the device, or the first and the second of a
// pair.
struct MapLayout {
    std::size_t zoom = 1, left = 0, top = 0, stride = 0, panels = 1;
};
MapLayout layout_of(const LevelMap& map, const Run& experiment);

// The bytes of the file, in the format that its name ends in. Throws Error.
std::string picture_of(const LevelMap& map, const Run& experiment);

}  // namespace crossbar::sim
