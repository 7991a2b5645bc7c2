// Other hardware laid under a trained network, for inference: what it has learnt is written onto
// the arrays of a network that was made for that hardware, whose converters then find their ranges.
#pragma once

#include "data/dataset.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// `onto` has the stages of `trained`, and was made with `plan`; the devices of `trained` were drawn
// with `trained_seed`. A layer keeps its synapses as they are where they are ideal in both and have
// the same bits, or are the same devices. Others' levels are programmed into the new devices, with
// the faults and the verified writing that those have, on a grid 2 or 4 times as wide where the
// devices' weights then come nearer to those wanted; where bits differ, they are rounded to the
// nearest level of a grid whose step, a power of two, gives the least squared error. Statistics and
// scales of activations follow the grid; feedback synapses are written anew where their devices
// differ. Throws Error where a layer without normalisation has no room for the grid.
void lay_under(const Network& trained, std::uint64_t trained_seed, const Plan& plan,
               const Kernels& kernels, Network& onto);

// Ranges of converters that nothing was seen through yet, from as many batches of training images
// as the target takes them from (adc_calibration; of following ranges, one). `statistics`: with
// those of each batch, as in training; else with those that tests go by.
void calibrate_ranges(Network& network, const Plan& plan, const Dataset& train, bool statistics,
                      const Compute& compute);

}  // namespace crossbar
