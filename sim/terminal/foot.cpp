// Goes up over the lines it drew before, and draws as many as fit on the screen.
#include "terminal/foot.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "terminal/messages.hpp"

namespace crossbar::sim {

Foot::Foot(bool wanted) : live_(wanted && ::isatty(STDOUT_FILENO) == 1) {}

void Foot::clear() {
    if (lines_ > 0) print("\r\033[{}A\033[J", lines_);
    lines_ = 0;
}

void Foot::draw(const std::string& text) {
    if (!live_) return;
    clear();
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2;
    const long most = known ? size.ws_row - 2 : 22;
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    // More than a screen cannot be drawn over: its end is what matters. A line that is longer
    // than the terminal is wide takes several of its lines.
    const std::size_t width = terminal_width();
    std::size_t first = lines.size();
    for (; first > 0; --first) {
        const auto taken = static_cast<long>((lines[first - 1].size() + width - 1) / width);
        if (lines_ + std::max(taken, 1L) > most) break;
        lines_ += std::max(taken, 1L);
    }
    for (; first < lines.size(); ++first)
        print("{}\n", lines[first]);
    flush_output();
}

}  // namespace crossbar::sim
