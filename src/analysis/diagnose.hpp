// What the feedback synapses do to the gradient, measured beside training: each layer's gradient as
// errors through V make it, against the true one, by errors through V = W from the same state and
// the same images (Lillicrap et al., arXiv 1411.0247: feedback alignment). Nothing of the network
// is changed, and no random number of training is used.
#pragma once

#include <vector>

#include "data/dataset.hpp"
#include "float/float_network.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"
#include "training/run.hpp"

namespace crossbar {

// The images that a diagnosis looks at: the same ones for every run, 500 at most.
std::vector<std::uint32_t> diagnosis_sample(std::size_t train_images);

// One entry per layer. A layer that does not learn has no gradient: its angle is below 0.
std::vector<LayerDiagnosis> diagnose(const Network& network, const Plan& plan, const Dataset& train,
                                     const Compute& compute);
std::vector<LayerDiagnosis> diagnose(const FloatNetwork& network, const Dataset& train,
                                     const Compute& compute);

}  // namespace crossbar
