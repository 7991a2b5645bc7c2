// Arrays that this program exported (docs/export.md), taken back.
#pragma once

#include "network/network.hpp"
#include "network/plan.hpp"
#include "weights/foreign_network.hpp"
#include "weights/named_tensors.hpp"

namespace crossbar {

bool is_own_export(const NamedTensors& tensors);

// Levels, statistics, learnt scales and activation scales as they are, where the arrays are of a
// network like this one: the same stages, bits and normalisation, on ideal arrays. False, and
// nothing is changed, where they are of another. Throws Error for arrays that are damaged.
bool take_export(const NamedTensors& tensors, const Plan& plan, Network& network);

// The network in real numbers, to be carried over like a foreign one. Throws Error where it is not
// of this geometry.
ForeignNetwork exported_network(const NamedTensors& tensors, const Network& network);

}  // namespace crossbar
