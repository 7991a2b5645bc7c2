// Learning rules: what one batch's gradient does to a synapse, through its local trace.
// tau as in docs/learning.md; every rule but sgd sees the gradient's sign alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "array/synapse_array.hpp"
#include "kernels/kernels.hpp"

namespace crossbar {

struct Rule {
    const char* name;
    const char* summary;
    bool sign_only;     // false: sgd, the control that needs the gradient's magnitude
    bool counts_votes;  // bm4: quorum in place of rate, momentum and decay
    SignRuleKind kind;  // where sign_only
};

std::span<const Rule> rules();

// The rule of learnt scales and shifts: that of the synapses, but bm1 where those count votes. A
// scale is a register of the periphery with thousands of levels: a pulse is next to nothing to it,
// and it does not wear.
const Rule& rule_of_scales(const Rule& rule);

// The local state of a layer's synapses: momentum trace or vote counter (10 fractional bits, or
// votes), or sgd's trace in levels per unit rate (20 fractional bits, less for wide synapses).
struct Trace {
    std::vector<std::int16_t> sign;
    std::vector<std::int32_t> sgd;
};

}  // namespace crossbar
