// Which runs may stand beside a published value.
#pragma once

#include <string>

#include "data/task.hpp"
#include "session/settings.hpp"

namespace crossbar::sim {

// The published value of a column; null where there is none.
const Published* published_value(const Task& task, const std::string& column);

// Whether network, images, target and device are the task's own; settings.data is "real" for all of
// its real images.
bool is_as_published(const RunSettings& settings);

}  // namespace crossbar::sim
