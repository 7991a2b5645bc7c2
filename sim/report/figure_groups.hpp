// What the figures of stores share: groups that stand in one panel, what sets them apart, and their
// numbers over seeds.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "pictures/figure.hpp"
#include "report/results.hpp"

namespace crossbar::sim {

using GroupList = std::vector<const Group*>;

// By task, kind of images, arithmetic, and whether held-out images were tested, in their order.
std::vector<GroupList> kinds_of(const std::vector<Group>& groups);

// "mnist, real images, integers"; what all of them have in common as well.
std::string panel_title(const GroupList& groups, const std::set<std::string>& but = {});

// Of each the column and the departures that not all share; settings in `but` are told otherwise.
std::vector<std::string> names_apart(const GroupList& groups,
                                     const std::set<std::string>& but = {});

// All that it is, but for those settings: groups with one text differ in them alone.
std::string rest_of(const Group& group, const std::set<std::string>& but);

// A value of each run of the group; `missing` where a run has none.
using RunNumber = std::function<double(const Result&)>;
// Mean and deviation at x; and each run, where there are several. False where no run has a value.
bool add_value(FigureSeries& series, const Group& group, double x, const RunNumber& number);
// The same with the number along x, at the name of that place on the y axis.
bool add_named(FigureSeries& series, const Group& group, std::size_t name, const RunNumber& number);

// Values by x. Those without any go.
void sort_values(std::vector<FigureSeries>& series);

}  // namespace crossbar::sim
