// A trained network as C99 files (docs/microcontroller.md): its levels and constants, its function
// of pixels to logits, and the kernels of the runtime that it calls.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "network/deployed_layer.hpp"

namespace crossbar::sim {

// Path below the folder, and bytes.
using CFiles = std::vector<std::pair<std::string, std::string>>;

// Images with the logits that the program computes for them.
struct TestVectors {
    std::vector<std::uint8_t> pixels;
    std::vector<std::int32_t> logits;
};

// `name` begins every name of the network: a C identifier in lower case. Throws Error for a network
// that C sources cannot read, and for another name.
CFiles c_sources(const DeployedNetwork& network, const std::string& name,
                 const TestVectors& vectors);

}  // namespace crossbar::sim
