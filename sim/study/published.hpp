// Which runs may stand beside a published value.
#pragma once

#include <string>

#include "data/task.hpp"
#include "run/options.hpp"

namespace crossbar::sim {

// The published value of a column; null where there is none.
const Published* published_value(const Task& task, const std::string& column);

// Whether network, images, target and device are the task's own; options.data is "real" for all of
// its real images.
bool is_as_published(const Options& options, const Task& task);

}  // namespace crossbar::sim
