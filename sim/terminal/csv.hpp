// A CSV file that grows by rows, also while other processes append to it.
#pragma once

#include <string>

namespace crossbar::sim {

// Throws Error when the file cannot be appended to, or begins with another header. A file that does
// not exist yet is fine, and is not made.
void check_csv(const std::string& path, const std::string& header);

// Appends a line; before it the header where the file is new or empty. Throws Error; the file is
// then as it was.
void append_csv(const std::string& path, const std::string& header, const std::string& row);

// A field, in quotes where it needs them (RFC 4180). Text that a spreadsheet would take for a
// formula gets a "'" before it, as does text that already has one there, so that it can be taken
// off again.
std::string csv_field(const std::string& value);

}  // namespace crossbar::sim
