// A text taken apart at separators: lists of options, lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossbar {

// What stands between characters of `separators`, also where that is nothing; of an empty text one
// empty part.
std::vector<std::string> split(std::string_view text, std::string_view separators);

}  // namespace crossbar
