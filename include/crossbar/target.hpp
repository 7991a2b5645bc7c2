// A target is what the network is trained on: a device and the array around it, as TOML in targets/
// (embedded into the program at build) or a user's own file. The ideal device has nothing to say
// beyond its name: a pulse moves one level, and the bounds hold.
#pragma once

#include <string>
#include <vector>

namespace crossbar {

struct Target {
    std::string name;
    std::string title;
    std::string citation;
};

// A built-in target by name, or a file when the text ends in .toml. Throws Error with the nearest
// name, or with file and line of what is wrong in the TOML.
Target load_target(const std::string& name_or_path);

// Names of the built-in targets, sorted.
std::vector<std::string> target_names();

}  // namespace crossbar
