// The signal handlers: the first signal sets a flag, the second one ends the program.
#include "terminal/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace crossbar::sim {
namespace {

std::atomic<int> caught{0};  // lock-free: a handler may write it
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
    caught = number;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
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
