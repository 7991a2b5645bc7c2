// Offsets of the last layer, which has no place for them: outputs of the layer before it that the
// file does not have become a constant, and synapses weigh the offsets with that.
#pragma once

#include <cstdint>
#include <vector>

#include "network/network.hpp"
#include "weights/foreign_network.hpp"

namespace crossbar {

// The constant in levels of an activation, `unit` being what one of them stands for: the smallest
// with which all offsets can be weighed in steps of `step`, or the largest there is. Of one bit,
// whose levels are signs, that of the mean offset.
int spare_constant(const ForeignLayer& last, const Layer& layer, double step, double unit, int top);

// Levels of the spare inputs: an offset in steps times `constant`, dealt out over them. Returns how
// many offsets are larger than that.
std::uint64_t weigh_offsets(const ForeignLayer& last, const Layer& layer, double step,
                            double constant, std::vector<std::int16_t>& levels);

}  // namespace crossbar
