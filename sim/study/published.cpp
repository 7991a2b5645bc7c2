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

bool is_as_published(const RunSettings& settings, const Task& task) {
    constexpr std::array<const char*, 6> compared = {"network", "target",      "device",
                                                     "holdout", "test-images", "train-images"};
    if (settings.data != "real") return false;
    const RunSettings own = settings_for({{{"task", settings.task}}}, task);
    return std::all_of(compared.begin(), compared.end(), [&](const char* name) {
        const Setting& option = *find_setting(name);
        return text_of(option, settings) == text_of(option, own);
    });
}

}  // namespace crossbar::sim
