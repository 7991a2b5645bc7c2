// --cost: what a run costs on its target's hardware, for people.
#pragma once

#include <string>

#include "analysis/cost.hpp"
#include "analysis/wear.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

// Of the run so far. Throws Error for a float network, which has no crossbar, or one not trained.
Cost cost_of(const Run& experiment);
Wear wear_of(const Run& experiment);

// Throws the Error that cost_of would, now.
void check_cost(const Run& experiment);

// Tables of inference, training, the digital design and wear.
std::string cost_text(const Run& experiment);

}  // namespace crossbar::sim
