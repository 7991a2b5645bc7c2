// Runs the deployed network over the images, a batch at a time.
#include "training/evaluate.hpp"

#include <algorithm>
#include <numeric>

#include "base/random_address.hpp"
#include "training/trainer.hpp"

namespace crossbar {
Evaluation evaluate(const Network& net, const Dataset& data, Workspace& work,
                    const Compute& compute) {
    const auto classes = static_cast<std::size_t>(net.classes);
    Evaluation result{{}, std::vector<std::uint64_t>(classes * classes, 0)};
    const DeployedNetwork deployed = deploy(net);
    std::vector<std::uint32_t> images;
    pack_network(net, false, work, compute);
    for (std::size_t first = 0; first < data.count(); first += evaluation_batch) {
        images.resize(std::min(evaluation_batch, data.count() - first));
        std::iota(images.begin(), images.end(), static_cast<std::uint32_t>(first));
        load_batch(net, data, images, work, compute);
        work.step = random_steps::evaluation + first;
        forward(deployed, work, compute);
        result.metrics += loss_only(read_out(net, work), work, compute);
        for (std::size_t i = 0; i < images.size(); ++i) {
            const auto sums = std::span(work.logits()).subspan(i * classes, classes);
            ++result
                  .confusion[work.labels[i] * classes + static_cast<std::size_t>(predicted(sums))];
        }
    }
    return result;
}

}  // namespace crossbar
