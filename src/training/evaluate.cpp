// Runs the deployed network over the images, a batch at a time.
#include "training/evaluate.hpp"

#include <algorithm>
#include <numeric>

#include "base/random_address.hpp"
#include "training/trainer.hpp"

namespace crossbar {
namespace {

// Over all processes.
void add_up(Evaluation& e, const Compute& compute) {
    if (!compute.processes) return;
    std::vector<std::int64_t> all{static_cast<std::int64_t>(e.metrics.images),
                                  static_cast<std::int64_t>(e.metrics.wrong), e.metrics.loss};
    all.insert(all.end(), e.confusion.begin(), e.confusion.end());
    compute.processes->sum(all);
    e.metrics = {static_cast<std::uint64_t>(all[0]), static_cast<std::uint64_t>(all[1]), all[2]};
    std::copy(all.begin() + 3, all.end(), e.confusion.begin());
}

}  // namespace

Evaluation evaluate(const Network& net, const Dataset& data, Workspace& work,
                    const Compute& together, bool keep_logits) {
    // Batches are dealt out; what is drawn and measured in one is that batch's.
    const Compute compute = together.alone();
    const auto rank = static_cast<std::size_t>(together.processes ? together.processes->rank() : 0);
    const auto count =
        static_cast<std::size_t>(together.processes ? together.processes->count() : 1);
    const auto classes = static_cast<std::size_t>(net.classes);
    Evaluation result{{}, std::vector<std::uint64_t>(classes * classes, 0)};
    const DeployedNetwork deployed = deploy(net);
    std::vector<std::uint32_t> images;
    pack_network(net, false, work, compute);
    for (std::size_t first = rank * evaluation_batch; first < data.count();
         first += count * evaluation_batch) {
        images.resize(std::min(evaluation_batch, data.count() - first));
        std::iota(images.begin(), images.end(), static_cast<std::uint32_t>(first));
        load_part(net, data, images, work, compute);
        work.step = random_steps::evaluation + first;
        forward(deployed, work, compute);
        result.metrics += loss_only(read_out(net, work), work, compute);
        for (std::size_t i = 0; i < images.size(); ++i) {
            const auto sums = std::span(work.logits()).subspan(i * classes, classes);
            if (keep_logits) result.logits.insert(result.logits.end(), sums.begin(), sums.end());
            ++result
                  .confusion[work.labels[i] * classes + static_cast<std::size_t>(predicted(sums))];
        }
    }
    add_up(result, together);
    return result;
}

}  // namespace crossbar
