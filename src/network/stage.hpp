// The stages of a network at work on a batch, forward and back.
#pragma once

#include "network/network.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// What stage i reads -> its output; of the last one -> its sums, which are the logits. A network
// in training goes by the statistics of the batch.
void forward_stage(const Network& network, std::size_t i, Workspace& work, const Compute& compute);
void forward_stage(const DeployedNetwork& network, std::size_t i, Workspace& work,
                   const Compute& compute);

// Step n of work.backward, with the gradient sums of a layer that learns.
void backward_step(const Network& network, std::size_t n, const DeltaFormat& format,
                   Workspace& work, const Compute& compute);

// The end of that step: its delta joins those of the input's other readers, if it has any.
void sum_deltas(std::size_t n, const DeltaFormat& format, Workspace& work, const Compute& compute);

}  // namespace crossbar
