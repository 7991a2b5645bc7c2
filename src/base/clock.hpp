// Time that passes, for progress and measurements alone: nothing that is trained reads it.
#pragma once

#include <chrono>

namespace crossbar {

using Clock = std::chrono::steady_clock;

// Seconds, of wall time.
inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace crossbar
