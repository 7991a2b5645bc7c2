// SIGINT and SIGTERM ask a run to finish its batch; a second Ctrl-C ends the program at once.
#pragma once

namespace crossbar::sim {

void watch_signals();

// The signal that came, 0 for none. A program ended by it exits with status 128 + signal.
int caught_signal();

// "SIGINT" or "SIGTERM".
const char* signal_name(int signal);

}  // namespace crossbar::sim
