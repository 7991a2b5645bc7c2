// A target is what a network is trained on: a device and the array around it, in TOML
// (docs/devices.md). The setting "target" is the name of a built-in one, a file that ends in .toml,
// or, where it has several lines, the TOML itself; the setting "device" changes keys of it.
//
//     std::string mine = "title = \"mine\"\ncitation = \"none\"\n[device]\npulse = 0.02\n";
//     crossbar::check_target(mine);  // Error: line, key, why
//     crossbar::check_target(mine, "stuck_random=0.01");
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
