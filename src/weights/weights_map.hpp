// Which tensors of a file are those of which layer, where their order does not tell; and what the
// network takes for a pixel: a TOML file.
//
//     [input]
//     mean = [0.1307]          # the network saw (pixel / 255 - mean) / std, channel by channel
//     std  = [0.3081]
//     [layer.1]                # layers count from 1, in the order of the network's text
//     weight = "features.0.weight"
//     bias   = "features.0.bias"
//     norm   = "features.1"    # .weight, .bias, .running_mean, .running_var
//     eps    = 1e-5
//     layout  = "OIHW"         # or OHWI, HWIO; of two dimensions OI or IO
//     flatten = "CHW"          # or HWC: how a dense layer counts the values of a map
#pragma once

#include <map>
#include <string>
#include <vector>

namespace crossbar {

struct LayerMap {
    std::string weight, bias, norm;  // names; empty: none
    double eps = 1e-5;
    std::string layout, flatten;  // empty: as the file's names say
};

struct WeightsMap {
    std::string file;                // for messages; empty: there is none
    std::vector<double> mean, std;   // of the input's channels; empty: 0 and 1
    std::map<int, LayerMap> layers;  // by number, from 1; empty: by order
};

// Of a file; an empty name gives an empty map. Throws Error naming file and line.
WeightsMap weights_map(const std::string& file);

}  // namespace crossbar
