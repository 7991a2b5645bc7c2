// --cost: what a run costs on its target's hardware, for people.
#pragma once

#include <string>

#include "crossbar/cost.hpp"
#include "crossbar/wear.hpp"
#include "experiment.hpp"

namespace crossbar::sim {

// Of the run so far. Throws Error for a float network, which has no crossbar, or one not trained.
Cost cost_of(const Experiment& experiment);
Wear wear_of(const Experiment& experiment);

// Throws the Error that cost_of would, now.
void check_cost(const Experiment& experiment);

// Tables of inference, training, the digital design and wear.
std::string cost_text(const Experiment& experiment);

}  // namespace crossbar::sim
