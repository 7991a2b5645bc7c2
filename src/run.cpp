#include "crossbar/run.hpp"

#include <algorithm>
#include <chrono>

#include "crossbar/trainer.hpp"

namespace crossbar {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t pulses_of(const Network& network) {
    std::uint64_t sum = 0;
    for (const Layer& layer : network.layers) sum += layer.forward.pulses;
    return sum;
}

void finish_epoch(const Network& network, const TaskData& data, Progress& p, Pass& pass,
                  const Compute& compute) {
    EpochRecord record{p.epoch + 1, p.train, {}, p.seconds, pulses_of(network) - p.pulses};
    record.test = evaluate(network, data.test, pass, compute).tally;
    p.history.push_back(record);
    p.pulses += record.pulses;
    ++p.epoch;
    p.image = 0;
    p.train = {};
    p.seconds = 0;
}

}  // namespace

RunEnd run(Network& network, const Plan& plan, const TaskData& data, Progress& p,
           const Watch& watch, const Compute& compute) {
    Pass pass = make_pass(network, compute.threads);
    while (p.epoch < plan.epochs) {
        const std::vector<std::uint32_t> order = epoch_order(data.train.count(), plan.seed, p.epoch);
        while (p.image < order.size()) {
            const std::size_t n = std::min<std::size_t>(static_cast<std::size_t>(plan.batch),
                                                        order.size() - p.image);
            const auto start = Clock::now();
            p.train.add(train_step(network, plan, p.epoch, p.step + 1, data.train,
                                   std::span(order).subspan(p.image, n), pass, compute));
            p.seconds += std::chrono::duration<double>(Clock::now() - start).count();
            p.image += n;
            ++p.step;
            if (watch.batch) watch.batch(p);
            if (watch.stop && watch.stop() && p.image < order.size()) return RunEnd::stopped;
        }
        finish_epoch(network, data, p, pass, compute);
        if (watch.epoch) watch.epoch(p);
        if (watch.stop && watch.stop() && p.epoch < plan.epochs) return RunEnd::stopped;
    }
    return RunEnd::finished;
}

}  // namespace crossbar
