// From one separator to the next.
#include "base/split.hpp"

#include <algorithm>

namespace crossbar {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
    std::vector<std::string> parts;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t end = std::min(text.find_first_of(separators, first), text.size());
        parts.emplace_back(text.substr(first, end - first));
        first = end + 1;
    }
    return parts;
}

}  // namespace crossbar
