// A batch that several crossbars share, each of which sends no more of its gradient than signs:
// what moves a synapse is the majority. As signSGD with majority vote (Bernstein et al., 2018,
// arXiv 1802.04434; faulty voters: arXiv 1810.05291), with the synapses' own integers. Statistics
// of normalisation and exponents, a few numbers per channel, are those of the whole batch.
//
// The result depends on the number of voters, not on that of processes, each of which is some of
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/tensor.hpp"

namespace crossbar {

struct Compute;
struct Layer;
struct Workspace;

// Of the layer at hand.
struct Votes {
    std::vector<std::int32_t> sum;  // of signs, of the voters that are here
};

// The gradient of each voter that is here -> signs -> their sum -> LayerWorkspace::gradient, or on
// the way to other processes.
void vote(const Layer& layer, std::size_t index, const Tensor& in, Workspace& work,
          const Compute& compute);

// Votes that came to zero, of synapses first .. first + n - 1, throw a coin: sum[i] of them.
void decide_ties(std::int32_t* sum, std::size_t first, std::size_t n, std::size_t layer, int voter,
                 const Workspace& work, const Compute& compute);

}  // namespace crossbar
