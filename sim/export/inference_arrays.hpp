// The arrays of a .npz file that turn pixels into logits beside the levels: the graph of stages,
// exponents, and what normalisation comes to. docs/export.md has their table, docs/infer.py
// computes with them.
#pragma once

#include <vector>

#include "export/npz.hpp"
#include "network/network.hpp"

namespace crossbar::sim {

// They keep their own values. The network need not outlive them.
std::vector<NpzArray> inference_arrays(const Network& network);

}  // namespace crossbar::sim
