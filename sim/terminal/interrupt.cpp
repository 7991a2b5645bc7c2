// The signal handlers: a signal sets a flag, the second SIGINT ends the program.
#include "terminal/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace crossbar::sim {
namespace {

std::atomic<int> caught{0};  // lock-free: a handler may write it
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
    // A person's second Ctrl-C; a SIGTERM may come twice at once, from a scheduler to all processes
    // of its job and from the study to its runs.
    if (number == SIGINT && caught != 0) {
        std::signal(SIGINT, SIG_DFL);
        std::raise(SIGINT);
    }
    caught = number;
}

}  // namespace

void watch_signals() {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
}

int caught_signal() {
    return caught;
}

const char* signal_name(int number) {
    return number == SIGINT ? "SIGINT" : "SIGTERM";
}

}  // namespace crossbar::sim
