// What a core can multiply at most: a set's dot product on registers alone.
#pragma once

#include <span>
#include <string>

namespace crossbar::bench {

constexpr long ceiling_turns = 4096;

struct Ceiling {
    const char* set;
    void (*loop)(long turns);
    int products;  // of a turn
};

std::span<const Ceiling> ceilings();

// Products a second of a set as the machine is at this moment: the median of some hundred short
// loops. 0 where no loop of that set is here.
double ceiling_now(const std::string& set);

}  // namespace crossbar::bench
