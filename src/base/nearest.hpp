// "Did you mean ...": the word of a list that is closest to a mistyped one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace crossbar {

// Letters to insert, delete, replace or swap with a neighbour to turn one word into the other;
// upper and lower case count as the same letter.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `among` (of equals the one that begins alike, then the first), or empty when none
// is near: about one slip in four letters is forgiven.
std::string nearest(std::string_view word, std::span<const std::string> among);

// " (did you mean 'x'?)" for the end of a message, or nothing.
std::string suggestion(std::string_view word, std::span<const std::string> among);

}  // namespace crossbar
