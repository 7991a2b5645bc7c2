// What the program says: results on standard output, all else on standard error. To say something
// never costs a run: what standard error does not take is lost, what standard output does not take
// is told by finish_output() when everything else is done.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.hpp"

namespace crossbar::sim {

// Text as it is; the second passes at once what was said before.
void put(std::string_view text);
void flush_output();
void put_error(std::string_view text);

// Formatted, on standard output.
template <typename... Args>
void print(fmt::format_string<Args...> text, Args&&... args) {
    put(fmt::format(text, std::forward<Args>(args)...));
}

// A line on standard error, "crossbar_sim: " before it.
template <typename... Args>
void tell(fmt::format_string<Args...> text, Args&&... args) {
    put_error("crossbar_sim: " + fmt::format(text, std::forward<Args>(args)...) + "\n");
}

// Throws Error where standard output did not take all that was said. 0; 141, as a shell says of a
// program that SIGPIPE ended, where its reader left (`| head`), which is nobody's fault.
int finish_output();

// A standard stream that the caller closed stands for nothing: what is opened later must not take
// its number, and then what is said. To be called before any file is opened.
void keep_streams();

// Columns of the terminal behind a standard stream; else what $COLUMNS says, else `otherwise`.
std::size_t terminal_width(std::size_t otherwise = 100);
std::size_t error_width();

// Lines of at most `width` characters, broken at blanks; all but the first of each line of the text
// begin with `indent` blanks. Only a word that is longer than that is longer.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent = 0);

}  // namespace crossbar::sim
