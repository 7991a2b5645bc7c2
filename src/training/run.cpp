// The loop over epochs and batches, and what an epoch ends with.
#include "training/run.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "training/bn_calibration.hpp"
#include "training/trainer.hpp"

namespace crossbar {
namespace {

void finish_epoch(const Trainee& trainee, Progress& p) {
    EpochRecord record{p.epoch + 1, p.train, {}, p.seconds, trainee.pulses() - p.pulses, {}};
    record.test = trainee.test();
    p.history.push_back(record);
    p.pulses += record.pulses;
    ++p.epoch;
    p.image = 0;
    p.train = {};
    p.seconds = 0;
}

}  // namespace

RunEnd run_epochs(const Trainee& trainee, const Plan& plan, std::size_t train_images, Progress& p,
                  const Callbacks& callbacks) {
    const auto stop = [&] { return callbacks.stop && callbacks.stop(); };
    while (p.epoch < plan.epochs) {
        const std::vector<std::uint32_t> order = epoch_order(train_images, plan.seed, p.epoch);
        while (p.image < order.size()) {
            const std::size_t n =
                std::min<std::size_t>(static_cast<std::size_t>(plan.batch), order.size() - p.image);
            const auto start = Clock::now();
            p.train += trainee.learn(p.epoch, p.step + 1, std::span(order).subspan(p.image, n));
            p.seconds += seconds_since(start);
            p.image += n;
            ++p.step;
            if (callbacks.batch) callbacks.batch(p);
            if (stop() && p.image < order.size()) return RunEnd::stopped;
        }
        finish_epoch(trainee, p);
        if (callbacks.epoch) callbacks.epoch(p);
        if (stop() && p.epoch < plan.epochs) return RunEnd::stopped;
    }
    return RunEnd::finished;
}

RunEnd run(Network& network, const Plan& plan, const TaskData& data, Progress& progress,
           const Callbacks& callbacks, const Compute& compute) {
    Workspace work = make_workspace(network, compute.threads);
    const Trainee trainee{
        [&](int epoch, std::uint64_t step, std::span<const std::uint32_t> images) {
            return train_step(network, plan, epoch, step, data.train, images, work, compute);
        },
        [&] {
            calibrate_bn(network, plan, data.train, work, compute);
            return evaluate(network, data.test, work, compute).metrics;
        },
        [&] {
            std::uint64_t sum = 0;
            for (const Layer& layer : network.layers)
                sum += layer.forward.pulses;
            return sum;
        }};
    return run_epochs(trainee, plan, data.train.count(), progress, callbacks);
}

}  // namespace crossbar
