// What a run was made on and when: for records, never for results.
#pragma once

#include <string>

namespace crossbar::sim {

// The processor's name as the system gives it; empty where it gives none.
std::string cpu_model();

// Processors that this process may use.
int cpu_count();

// Now, in universal time: "2026-11-25T10:00:00Z".
std::string date_now();

}  // namespace crossbar::sim
