// What sets groups of runs apart: settings that all of them share, and axes, the settings that
// vary. An axis of numbers is one of numbers, logarithmic where it spans decades.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "report/results.hpp"

namespace crossbar::sim {

enum class Scale { words, linear, logarithmic };

struct SettingAxis {
    std::string name;  // "weight-bits", "device.stuck_random", "column"
    Scale scale = Scale::words;
    std::vector<std::string> values;  // each once: numbers rising; words in their usual order
    std::vector<std::size_t> places;  // by group: which of the values
    std::vector<std::string> along;   // other settings that vary with it and with nothing else

    const std::string& value(std::size_t group) const { return values[places[group]]; }
};

// The number that a value is; false for a word, such as "none".
bool is_number(const std::string& value, double& number);

// At most 40 characters of a value: networks are long.
std::string brief(const std::string& value);

// Settings that the run of a group has by what names: those of settings_table(), "column", "signs"
// (percent of feedback signs that agree, of frsf and brsf), "device.KEY", "files".
std::string setting_value(const Group& group, const std::string& name);

struct Axes {
    Values shared;  // departures from the task's own settings, and what is always told
    std::vector<SettingAxis> axes;  // the one with the most values first
    std::size_t groups = 0;

    // Whether most combinations of values are there.
    bool crossed() const;
};

Axes axes_of(const std::vector<const Group*>& groups);

// "mnist, real images, integers, column frsf+bn+bm1, epochs 3".
std::string shared_text(const Axes& axes);

// "weight-bits 2, rule bm4" of one group.
std::string own_text(const Axes& axes, std::size_t group);

}  // namespace crossbar::sim
