// Passes the images forward up to the layer, and keeps its moments and some of its sums.
#include "weights/layer_sums.hpp"

#include <algorithm>
#include <span>

#include "base/random_address.hpp"
#include "network/deployed_layer.hpp"
#include "network/layer.hpp"
#include "network/stage.hpp"
#include "training/bn_calibration.hpp"
#include "training/trainer.hpp"

namespace crossbar {
namespace {

std::size_t stage_of(const Network& net, std::size_t layer) {
    const auto place = std::find_if(net.stages.begin(), net.stages.end(), [&](const Stage& stage) {
        return stage.layer == static_cast<int>(layer);
    });
    return static_cast<std::size_t>(place - net.stages.begin());
}

// Every n-th position, so that there are about a million of all sums.
void keep_some(const std::vector<std::int32_t>& sums, std::size_t positions, std::size_t outputs,
               std::size_t stride, std::vector<std::int32_t>& some) {
    for (std::size_t p = 0; p < positions; p += stride)
        some.insert(some.end(), sums.begin() + static_cast<std::ptrdiff_t>(p * outputs),
                    sums.begin() + static_cast<std::ptrdiff_t>((p + 1) * outputs));
}

}  // namespace

LayerSums sums_of_layer(const Network& net, std::size_t index, const Plan& plan,
                        const Dataset& train, Workspace& work, const Compute& together) {
    constexpr std::size_t enough = 1000000;
    const Compute compute = together.alone();
    const Layer& layer = net.layers[index];
    const auto outputs = static_cast<std::size_t>(layer.forward.outputs);
    const std::size_t stage = stage_of(net, index), positions = layer.positions();
    const std::vector<std::uint32_t> images = statistics_images(plan, train.count());
    const std::size_t batch = std::min(static_cast<std::size_t>(plan.batch), images.size());
    const std::size_t all = images.size() * positions * outputs;
    const std::size_t stride = std::max<std::size_t>(1, all / enough);
    const DeployedNetwork deployed = deploy(net);
    LayerSums sums;
    Moments moments;
    moments.clear(layer.forward.outputs);
    pack_forward(layer, work.layers[index], compute.kernels);
    for (std::size_t first = 0; first < images.size(); first += batch) {
        load_part(net, train, std::span(images).subspan(first, batch), work, compute);
        work.step = random_steps::statistics + first;
        for (std::size_t i = 0; i < stage; ++i)
            forward_stage(deployed, i, work, compute);
        const Tensor& in = work.output(net.stages[stage].inputs[0]);
        forward_sums(layer, index, in, true, work, compute);
        for (const Scratch& scratch : work.scratch)
            moments.add(scratch.moments);
        keep_some(work.layers[index].sums, batch * positions, outputs, stride, sums.some);
        sums.input_exponent = in.exponent;
    }
    finish(moments, images.size() * positions, sums.statistics);
    return sums;
}

}  // namespace crossbar
