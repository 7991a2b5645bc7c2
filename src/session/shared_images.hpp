// Images for all processes of a machine, read by the first of them.
#pragma once

#include <functional>

#include "base/processes.hpp"
#include "data/dataset.hpp"

namespace crossbar {

// What `read` gives, everywhere; it is called on the first process of each machine alone. Throws
// what it throws, AgreedError where there are several processes.
TaskData shared_images(Processes* processes, const std::function<TaskData()>& read);

}  // namespace crossbar
