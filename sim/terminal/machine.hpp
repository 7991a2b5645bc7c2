// What a run was made on and when: for records, never for results.
#pragma once

#include <ctime>
#include <string>

namespace crossbar::sim {

// The processor's name as the system gives it; empty where it gives none.
std::string cpu_model();

// Processors that this process may use.
int cpu_count();

// The file of this program as 16 digits; empty where the system does not show it.
std::string program_fingerprint();

// In universal time: "2026-11-25T10:00:00Z". The second: now.
std::string date_text(std::time_t time);
std::string date_now();

}  // namespace crossbar::sim
