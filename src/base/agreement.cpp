// Texts of all processes, compared by each of them alike.
#include "base/agreement.hpp"

#include <algorithm>
#include <string_view>

#include "base/check.hpp"

namespace crossbar {

void agree(Processes* processes, const std::string& failure) {
    if (!processes) return;
    const std::vector<std::string> failures = processes->texts(failure);
    const auto first = std::find_if(failures.begin(), failures.end(),
                                    [](const std::string& text) { return !text.empty(); });
    if (first == failures.end()) return;
    if (std::all_of(failures.begin(), failures.end(),
                    [&](const std::string& text) { return text == *first; }))
        throw AgreedError(*first);
    throw AgreedError(
        fmt::format("process {} of {}: {}", first - failures.begin(), processes->count(), *first));
}

namespace {

// The first lines of two texts that differ.
std::pair<std::string_view, std::string_view> difference_of(std::string_view a,
                                                            std::string_view b) {
    const auto line = [](std::string_view& text) {
        const std::string_view first = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), first.size() + 1));
        return first;
    };
    std::pair<std::string_view, std::string_view> lines;
    do
        lines = {line(a), line(b)};
    while (lines.first == lines.second && !(a.empty() && b.empty()));
    return lines;
}

}  // namespace

void check_same(Processes* processes,
                const std::vector<std::pair<std::string, std::string>>& names_and_values) {
    if (!processes) return;
    std::string difference;
    for (const auto& [name, value] : names_and_values) {
        const std::vector<std::string> all = processes->texts(value);
        const auto other = std::find_if(all.begin(), all.end(),
                                        [&](const std::string& text) { return text != all[0]; });
        if (other == all.end() || !difference.empty()) continue;
        const auto [theirs, first] = difference_of(*other, all[0]);
        difference = fmt::format(
            "process {} has another {} than process 0: '{}', not '{}'; start the same program with "
            "the same options and files on every machine",
            other - all.begin(), name, theirs, first);
    }
    if (!difference.empty()) throw AgreedError(difference);
}

}  // namespace crossbar
