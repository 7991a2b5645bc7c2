// A task is a data set with a network and a plan for it: datasets/NAME.toml, built into the
// library, or a file of one's own.
//
//     for (const std::string& name : crossbar::task_names()) std::cout << name << '\n';
//     crossbar::DataPlaces places{"/data", "/home/me/.cache/crossbar"};  // its files are there
//     crossbar::Session mnist("mnist", {}, places);
//     crossbar::Session mine("my_task.toml", {{"data", "/data/mine"}});
#pragma once

#include <string>
#include <vector>

#include "crossbar/export.hpp"

namespace crossbar {

// Names of the built-in tasks, sorted.
CROSSBAR_API std::vector<std::string> task_names();

}  // namespace crossbar
