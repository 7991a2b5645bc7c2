#include "study/published.hpp"

#include <algorithm>
#include <array>

#include "run/command_line.hpp"

namespace crossbar::sim {

const Published* published_value(const Task& task, const std::string& column) {
    const auto row = std::find_if(task.published.begin(), task.published.end(),
                                  [&](const Published& p) { return p.column == column; });
    return row == task.published.end() ? nullptr : &*row;
}

bool is_as_published(const Options& options, const Task& task) {
    constexpr std::array<const char*, 6> compared = {"network", "target",      "device",
                                                     "holdout", "test-images", "train-images"};
    if (options.data != "real") return false;
    const Options own = options_for(CommandLine{{{"task", options.task}}, {}}, task);
    return std::all_of(compared.begin(), compared.end(), [&](const char* name) {
        const Option& option = *find_option(name);
        return text_of(option, options) == text_of(option, own);
    });
}

}  // namespace crossbar::sim
