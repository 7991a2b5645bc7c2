// Training: one batch through the network and back, sign-only and local.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"
#include "training/augment.hpp"

namespace crossbar {

// Loads images (by index) into a pass: pixels 0..255 become 0..input_top, rounded.
// Throws Error for images that do not fit the network, as do all that load them.
void load_batch(const Network& network, const Dataset& data, std::span<const std::uint32_t> images,
                Workspace& work, const Compute& compute);

// The same of this process's part of a batch; augmented where a step of training asks for it, plain
// for tests and for statistics.
void load_part(const Network& network, const Dataset& data, std::span<const std::uint32_t> batch,
               Workspace& work, const Compute& compute, const EpochView& view = {});

// Input -> sums of the last layer; in training by the batch's statistics.
void forward(const Network& network, Workspace& work, const Compute& compute);
void forward(const DeployedNetwork& network, Workspace& work, const Compute& compute);

// Packs what forward (and backward) read; once after each change of the synapses.
void pack_network(const Network& network, bool with_feedback, Workspace& work,
                  const Compute& compute);

// The logit scale of a pass that forward has filled.
ReadOut read_out(const Network& network, const Workspace& work);

// Sums of the last layer -> loss -> errors and gradient sums of every layer.
Metrics backward(const Network& network, const Plan& plan, std::uint64_t step, Workspace& work,
                 const Compute& compute);

// Gradient sums -> sign planes -> pulses; feedback signs follow; running statistics move on.
void update(Network& network, const Plan& plan, int epoch, std::uint64_t step, Workspace& work,
            const Compute& compute);

// One batch, `step` counted from 1 over the whole run: its number in every random address.
Metrics train_step(Network& network, const Plan& plan, int epoch, std::uint64_t step,
                   const Dataset& data, std::span<const std::uint32_t> images, Workspace& work,
                   const Compute& compute);

// The order of an epoch's images: a permutation by address (seed, shuffle, epoch).
std::vector<std::uint32_t> epoch_order(std::size_t images, std::uint64_t seed, int epoch);

}  // namespace crossbar
