#include "memory_report.hpp"

#include <algorithm>

#include "crossbar/check.hpp"

namespace crossbar::sim {
namespace {

std::string megabytes(std::size_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::size_t bytes_of(const Dataset& data) {
    return data.pixels.size() + data.labels.size() * sizeof data.labels[0];
}

}  // namespace

std::size_t image_bytes(const Experiment& e) {
    return bytes_of(e.data.train) + bytes_of(e.data.test);
}

std::optional<MemoryUse> network_memory(const Experiment& e) {
    const auto* network = std::get_if<Network>(&e.network);
    if (!network) return std::nullopt;
    const auto batch =
        std::min<std::size_t>(static_cast<std::size_t>(e.plan.batch), e.data.train.count());
    return memory_of(*network, batch, e.data.test.count(), e.options.threads, *e.kernels);
}

std::string memory_line(const Experiment& e) {
    const std::string images = megabytes(image_bytes(e)) + " of images";
    const std::optional<MemoryUse> use = network_memory(e);
    if (!use) return "memory: " + images;
    const auto synapses = static_cast<double>(std::get<Network>(e.network).synapses());
    return fmt::format(
        "memory: {}, {} of synapses and gradients ({:.1f} bytes a synapse), {} a batch, "
        "{} of working space",
        images, megabytes(use->training()), static_cast<double>(use->training()) / synapses,
        megabytes(use->batch), megabytes(use->packed + use->scratch));
}

}  // namespace crossbar::sim
