// A foreign network onto a crossbar: its weights as levels, written into devices where the target
// has them, and scales and offsets as statistics of normalisation.
//
// What a layer gave before is known from a reference, the same network with synapses of 16 bits on
// ideal arrays: the mean m and the deviation d of each output over training images. The sums of the
// levels as they now are in the array have the mean m' and the deviation d' over the same images,
// and (s - m') / d' * d + m takes their place: of rounding, of clipping and of what devices make of
// levels only that is left which differs from image to image. docs/weights.md derives it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crossbar/weights.hpp"
#include "data/dataset.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"
#include "weights/foreign_network.hpp"
#include "weights/quantise.hpp"

namespace crossbar {

struct Carrying {
    Clip clip;
    bool by_output = false;  // a step for each output where normalisation follows
};

struct Carried {
    std::vector<CarriedLayer> layers;
    double gain = 0;  // the read-out gain with which logits are the file's own
};

// What a layer's outputs are in the file's own unit, over training images.
struct OutputMoments {
    std::vector<double> mean, deviation;
    double range = 1;  // the activation that the largest level stands for
};

struct Reference {
    Network network;
    std::vector<OutputMoments> outputs;  // of each layer with normalisation; range: for the target
};

// `network` was made by `plan` with 16 bits per synapse and plain normalisation on ideal arrays;
// ranges are told for activations of `activation_bits`. Throws Error.
Reference make_reference(const ForeignNetwork& foreign, Network network, const Plan& plan,
                         int activation_bits, const Dataset& train, const Compute& compute);

// Fills the levels, devices, statistics, learnt scales and activation scales of a network that was
// made by `plan`. Throws Error.
Carried carry(const ForeignNetwork& foreign, const Reference& reference, const Carrying& how,
              const Plan& plan, const Dataset& train, Network& network, const Compute& compute);

}  // namespace crossbar
