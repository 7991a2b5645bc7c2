// The version of these headers and of the library, which the program, its records, CITATION.cff and
// the packages have from here.
//
//     static_assert(std::string_view(CROSSBAR_VERSION) == "0.2.0");
//     if (crossbar::version() != std::string_view(CROSSBAR_VERSION))
//         std::cerr << "built with the headers of another version\n";
#pragma once

#include "crossbar/export.hpp"

#define CROSSBAR_VERSION "0.2.0"

namespace crossbar {

// Of the library that is running.
CROSSBAR_API const char* version();

}  // namespace crossbar
