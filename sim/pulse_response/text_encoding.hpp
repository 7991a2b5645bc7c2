// Text files as instruments, spreadsheets and other systems write them, as lines of UTF-8.
#pragma once

#include <string>
#include <vector>

namespace crossbar::sim {

// UTF-8 and UTF-16 with or without a byte order mark, else Latin-1; lines end in LF, CR LF or CR.
// Throws Error where the bytes are no text (a spreadsheet, a picture), with what to do.
std::vector<std::string> lines_of(const std::string& file, const std::string& bytes);

}  // namespace crossbar::sim
