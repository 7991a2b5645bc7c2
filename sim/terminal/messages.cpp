// The only place that writes to standard output and standard error.
#include "terminal/messages.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace crossbar::sim {
namespace {

int output_error = 0;  // errno of the first failure

void note_failure(bool ok) {
    if (!ok && output_error == 0) output_error = errno;
}

std::size_t width_of(int stream, std::size_t otherwise) {
    winsize size{};
    if (::isatty(stream) == 1 && ::ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char* columns = std::getenv("COLUMNS");
    const std::string_view text = columns ? columns : "";
    std::size_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value > 0 ? value : otherwise;
}

// One line of the text.
void wrap_line(std::string_view line, std::size_t width, std::size_t indent, std::string& result) {
    std::size_t room = width;
    while (line.size() > room) {
        std::size_t cut = line.rfind(' ', room);
        if (cut == line.npos || cut == 0) cut = line.find(' ', 1);
        if (cut == line.npos) break;
        result.append(line.substr(0, cut)).append("\n").append(indent, ' ');
        line.remove_prefix(cut + 1);
        room = width > indent ? width - indent : 1;
    }
    result.append(line);
}

}  // namespace

void put(std::string_view text) {
    note_failure(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void flush_output() {
    note_failure(std::fflush(stdout) == 0);
}

void put_error(std::string_view text) {
    (void)!std::fwrite(text.data(), 1, text.size(), stderr);
}

int finish_output() {
    flush_output();
    if (output_error == EPIPE) return 128 + SIGPIPE;
    if (output_error != 0)
        fail("standard output did not take all that was printed: {}", std::strerror(output_error));
    return 0;
}

void keep_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        // Open for reading alone: to write to it is the error that it should be.
        if (::fcntl(stream, F_GETFD) < 0) (void)!::open("/dev/null", O_RDONLY);
}

std::size_t terminal_width(std::size_t otherwise) {
    return width_of(STDOUT_FILENO, otherwise);
}

std::size_t error_width() {
    return width_of(STDERR_FILENO, 80);
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string result;
    for (std::size_t first = 0; first <= text.size();) {
        const std::size_t end = std::min(text.find('\n', first), text.size());
        if (first != 0) result += '\n';
        wrap_line(text.substr(first, end - first), width, indent, result);
        first = end + 1;
    }
    return result;
}

}  // namespace crossbar::sim
