// What pages of reports are made of, embedded as text at build by datasets/embed.sh into the
// program alone: style sheet, scripts, and the chart library with its licence where Debian's
// node-d3 was found.
#pragma once

#include <span>

#include "base/embedded.hpp"

namespace crossbar::sim {

std::span<const EmbeddedFile> page_files();

}  // namespace crossbar::sim
