// What a run costs, as parts of its record: memory, energy and time, traffic between processes.
#pragma once

#include <nlohmann/json.hpp>

#include "session/run.hpp"

namespace crossbar::sim {

using Json = nlohmann::ordered_json;

// Shares with four decimals: enough for one image in a million, and the same text everywhere.
double rounded(double value);
// `part` of `whole` times `factor`; null where there is no whole.
Json ratio(double part, double whole, double factor);

// In bytes.
void add_memory(Json& record, const Run& run, bool diagnose);

// Of one image each; "writing" of the whole network, once.
Json cost_record(const Run& run);

// What a step of training sends to other processes, or crossbars: null where there are none.
Json exchange_of(const Run& run);

}  // namespace crossbar::sim
