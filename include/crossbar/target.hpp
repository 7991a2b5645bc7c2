// A target is what a network is trained on: a device and the array around it, in TOML
// (docs/devices.md). The setting "target" is the name of a built-in one, a file that ends in .toml,
// or, where it has several lines, the TOML itself; the setting "device" changes keys of it.
//
//     crossbar::Values values{{"target", "[device]\npulse = 0.02\ncycle_noise = 0.01\n"}};
//     values.emplace_back("device", "stuck_random=0.01");
//     crossbar::check_target(values[0].second, values[1].second);  // Error: line, key, why
#pragma once

#include <string>
#include <vector>

#include "crossbar/export.hpp"

namespace crossbar {

// Names of the built-in targets, sorted.
CROSSBAR_API std::vector<std::string> target_names();

// Throws Error where the target, or a change ("KEY=VALUE;.."), is none.
CROSSBAR_API void check_target(const std::string& target, const std::string& changes = {});

}  // namespace crossbar
