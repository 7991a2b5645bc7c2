// The memory of a run by part, as a sentence and as figures of its record.
#include "run/memory_report.hpp"

#include <algorithm>

#include "analysis/diagnose.hpp"
#include "analysis/exchange.hpp"
#include "base/check.hpp"

namespace crossbar::sim {
namespace {

std::string megabytes(std::size_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::size_t bytes_of(const Dataset& data) {
    return data.pixels.size() + data.labels.size() * sizeof data.labels[0];
}

}  // namespace

std::size_t image_bytes(const Run& e) {
    return bytes_of(e.data.train) + bytes_of(e.data.test);
}

MemoryUse network_memory(const Run& e, bool diagnose) {
    return network_memory(e, e.data.train.count(), e.data.test.count(), diagnose);
}

MemoryUse network_memory(const Run& e, std::size_t train, std::size_t test, bool diagnose) {
    const auto batch = std::min<std::size_t>(static_cast<std::size_t>(e.plan.batch), train);
    const auto of_batch = [&](std::size_t images, std::size_t tested) {
        if (const auto* network = std::get_if<Network>(&e.network))
            return memory_of(*network, images, tested, e.settings.threads, *e.kernels);
        return memory_of(std::get<FloatNetwork>(e.network), images, tested, e.settings.threads);
    };
    MemoryUse use = of_batch(batch, test);
    if (const auto* network = std::get_if<Network>(&e.network))
        use.packed +=
            exchange_room(*network, e.plan.voting, e.processes ? e.processes->count() : 1);
    if (diagnose) {
        // A twin of the network, and a batch through each, while training waits.
        const MemoryUse twin = of_batch(diagnosis_sample(train).size(), 0);
        use.scratch += twin.total() + twin.total() - twin.synapses;
    }
    return use;
}

std::string memory_line(const Run& e, bool diagnose) {
    const MemoryUse use = network_memory(e, diagnose);
    const auto synapses = static_cast<double>(
        std::visit([](const auto& network) { return network.synapses(); }, e.network));
    return fmt::format(
        "memory: {} for images, {} for synapses and gradients ({:.1f} bytes per synapse), {} for a "
        "batch, {} of working space",
        megabytes(image_bytes(e)), megabytes(use.training()),
        static_cast<double>(use.training()) / synapses, megabytes(use.batch),
        megabytes(use.packed + use.scratch));
}

}  // namespace crossbar::sim
