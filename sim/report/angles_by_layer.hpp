// Angles of --diagnose over the depth of a network: of groups with one network over one another,
// and of each group in its first, middle and last epoch.
#pragma once

#include <string>
#include <vector>

#include "report/results.hpp"

namespace crossbar::sim {

struct Chart;

// Whether one of its runs recorded angles.
bool diagnosed(const Group& group);

// Degrees against the number of the layer, from the input on; a layer that does not learn has none.
// One chart of several groups' last epochs for each task and network that has several, at most as
// many groups as can be told apart; then one of each group, a line an epoch. Means over seeds.
std::vector<Chart> compared_by_layer(const std::vector<Group>& groups);
Chart epochs_by_layer(const Group& group);

// All of these as a drawing (SVG). Throws Error where no group was diagnosed.
std::string angles_drawing(const std::vector<Group>& groups);

}  // namespace crossbar::sim
