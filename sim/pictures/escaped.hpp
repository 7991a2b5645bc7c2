// Text as XML and HTML have it.
#pragma once

#include <string>

namespace crossbar::sim {

// & < > " ' as entities; control characters left out.
std::string escaped(const std::string& text);

}  // namespace crossbar::sim
