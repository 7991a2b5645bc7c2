// Charts of a report: what the files that draw them share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/report.hpp"

namespace crossbar::sim {

// Charts of at most so many series as can be told apart; series without points are left out.
std::vector<Block> charts_of(const Chart& frame, std::vector<Series> all);

void append(std::vector<Block>& to, std::vector<Block> from);

// Groups by title: one task, kind of images and arithmetic; those on held-out images left out.
std::vector<std::pair<std::string, std::vector<const Group*>>> by_title(const Groups& groups);

// The settings of a group with one option left out, or one key of --device ("device.KEY"): groups
// that a sweep over it made agree in it.
std::string settings_without(const Group& group, const std::string& option);

// Whether one of its runs was made for that experiment first.
bool was_made_for(const Group& group, const std::string& experiment);

// Whether an ablation made the group with a setting that one of its axes changes: such groups are
// many, and have tables and charts of their own.
bool is_ablated(const Group& group);

// Error against a number: the line that a group belongs to (empty: none) and its place on it.
using Place = std::function<std::pair<std::string, double>(const Group&)>;
Section sweep_section(const std::string& id, const std::string& title, const std::string& intro,
                      const Chart& frame, const Groups& groups, const Place& place);

// The value of a key of --device, such as "stuck_random" or "tiles.adc_bits"; nothing where the
// group does not set it to a number.
std::optional<double> device_value(const Group& group, const std::string& key);

}  // namespace crossbar::sim
