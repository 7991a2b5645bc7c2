// Lists in formatted text (fmt::join), for the files that write some: a third of a second of
// compiling, which all others that say what went wrong (check.hpp) are spared.
#pragma once

#include <fmt/format.h>
