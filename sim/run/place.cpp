// Reads NUMBER:NUMBER:..=FILE, with an error that shows the form expected.
#include "run/place.hpp"

#include <charconv>

namespace crossbar::sim {

std::optional<Place> parse_place(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos || equals + 1 == text.size()) return {};
    Place place{{}, text.substr(equals + 1)};
    const char* end = text.data() + equals;
    for (const char* at = text.data();; ++at) {
        const auto [stop, error] = std::from_chars(at, end, place.numbers.emplace_back());
        if (error != std::errc()) return {};
        if (stop == end) return place;
        if (*stop != ':') return {};
        at = stop;
    }
}

}  // namespace crossbar::sim
