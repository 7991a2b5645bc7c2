// NUMBER:NUMBER:..=FILE, which says where in a network something is and where it goes: --trace,
// --map.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace crossbar::sim {

struct Place {
    std::vector<std::size_t> numbers;  // at least one
    std::string file;                  // not empty
};

// Nothing where the text is something else.
std::optional<Place> parse_place(const std::string& text);

}  // namespace crossbar::sim
