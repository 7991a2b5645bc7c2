// What is behind the pointer of the public Session.
#pragma once

#include "crossbar/session.hpp"
#include "session/run.hpp"

namespace crossbar {

struct SessionState {
    Run run;
    bool training = false;  // a call of training is being made
};

// Every setting and its value as text.
Values values_of(const RunSettings& settings);

// Throws LogicError before the first batch.
void check_trained(const Run& run);

// Throws Error for the float control.
const Network& network_of(const Run& run);

}  // namespace crossbar
