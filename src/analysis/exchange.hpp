// What a process, or a crossbar that votes, sends to others in a step of training.
#pragma once

#include <cstdint>

#include "base/processes.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"

namespace crossbar {

// Bytes per step.
struct Exchange {
    int parts = 0;         // processes; or voters, where each is told of as a process of its own
    double gradients = 0;  // dealt and gathered: gradient_exchange.hpp
    double small = 0;      // statistics, exponents: as all-reduces, 2 (parts - 1) / parts of them
    double waits = 0;      // for sums of all, per step
    double int32 = 0;      // for comparison: an all-reduce of the sums of all synapses as int32
};

// As counted by processes that trained `steps` steps.
Exchange counted_exchange(const Network& network, const Processes& processes, std::uint64_t steps);

// Of voters that are crossbars of their own: gradients alone.
Exchange exchange_of_voters(const Network& network, const Voting& voting);

// Bytes that a process keeps for it, at most: fields of 32 bits, dealt and received, and votes.
std::size_t exchange_room(const Network& network, const Voting& voting, int processes);

}  // namespace crossbar
