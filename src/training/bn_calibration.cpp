// Passes training images forward without learning, and takes their statistics.
#include "training/bn_calibration.hpp"

#include <algorithm>
#include <span>

#include "base/random_address.hpp"
#include "training/trainer.hpp"

namespace crossbar {
std::vector<std::uint32_t> statistics_images(const Plan& plan, std::size_t train_images) {
    const std::size_t batch = std::min(static_cast<std::size_t>(plan.batch), train_images);
    const std::size_t wanted = std::min(static_cast<std::size_t>(plan.bn_images), train_images);
    std::vector<std::uint32_t> images = epoch_order(train_images, plan.seed, 0);
    images.resize(std::max(batch, wanted - wanted % std::max<std::size_t>(batch, 1)));
    return images;
}

void calibrate_bn(Network& net, const Plan& plan, const Dataset& train, Workspace& work,
                  const Compute& compute) {
    if (plan.bn_images == 0 || plan.bn == BatchNormMode::none) return;
    const std::vector<std::uint32_t> images = statistics_images(plan, train.count());
    const std::size_t batch = std::min(static_cast<std::size_t>(plan.batch), images.size());
    pack_network(net, false, work, compute);
    for (std::size_t first = 0, n = 1; first < images.size(); first += batch, ++n) {
        // Plain images, as tests see them: margins and squares of zeros shift means and variances.
        load_part(net, train, std::span(images).subspan(first, batch), work, compute);
        work.step = random_steps::statistics + first;
        forward(net, work, compute);
        for (std::size_t i = 0; i < net.layers.size(); ++i)
            if (net.layers[i].norm.mode != BatchNormMode::none)
                average(net.layers[i].norm, work.layers[i].statistics,
                        static_cast<std::int64_t>(n));
    }
}

}  // namespace crossbar
