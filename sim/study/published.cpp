// Compares the settings of a run with those that a task has where nothing was said.
#include "study/published.hpp"

#include <algorithm>
#include <array>

#include "session/resolve.hpp"

namespace crossbar::sim {

const Published* published_value(const Task& task, const std::string& column) {
    const auto row = std::find_if(task.published.begin(), task.published.end(),
                                  [&](const Published& p) { return p.column == column; });
    return row == task.published.end() ? nullptr : &*row;
}

bool is_as_published(const RunSettings& settings) {
    constexpr auto compared =
        std::to_array<const char*>({"network", "target", "device", "layer", "holdout",
                                    "test-images", "train-images", "augment-crop", "augment-flip",
                                    "augment-cutout", "augment-rotate", "augment-shift", "voters"});
    return settings.data == "real" &&
           std::none_of(compared.begin(), compared.end(),
                        [&](const char* name) { return departs(settings, name); });
}

}  // namespace crossbar::sim
