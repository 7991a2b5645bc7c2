// Statistics of batch normalisation for tests, taken with the weights as they are. Those that
// training keeps are of its last batches, each with other weights: where one pulse is a large part
// of a synapse's range, a test with them is off by percents. After Wu & Johnson, "Rethinking
// 'Batch' in BatchNorm" (arXiv 2105.07576), section 3.
#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.hpp"
#include "network/network.hpp"
#include "network/plan.hpp"
#include "network/workspace.hpp"

namespace crossbar {

// The images to take them from: whole batches of the training images, plan.bn_images in all or as
// many as there are, and at least one batch; the first of epoch 0's order.
std::vector<std::uint32_t> statistics_images(const Plan& plan, std::size_t train_images);

// Running means and variances become the means of those of each batch. Without plan.bn_images, and
// in layers without normalisation, nothing changes; nor does training, which reads neither.
void calibrate_bn(Network& network, const Plan& plan, const Dataset& train, Workspace& work,
                  const Compute& compute);

}  // namespace crossbar
