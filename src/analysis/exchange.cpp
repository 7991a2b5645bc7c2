// Bytes by the sizes of layers, and by what processes counted.
#include "analysis/exchange.hpp"

#include <algorithm>

#include "base/fields.hpp"

namespace crossbar {
namespace {

// What an all-reduce moves of each byte, with as many parts.
double all_reduce(int parts) {
    return 2.0 * (parts - 1) / parts;
}

double int32_sums(const Network& network, int parts) {
    std::size_t synapses = 0;
    for (const Layer& layer : network.layers)
        if (layer.learns) synapses += layer.forward.size();
    return static_cast<double>(synapses * sizeof(std::int32_t)) * all_reduce(parts);
}

}  // namespace

Exchange counted_exchange(const Network& network, const Processes& processes, std::uint64_t steps) {
    const auto per_step = [&](std::uint64_t n) {
        return static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(steps, 1));
    };
    const int parts = processes.count();
    return {parts, per_step(processes.sent.transfers),
            per_step(processes.sent.small) * all_reduce(parts), per_step(processes.sent.calls),
            int32_sums(network, parts)};
}

std::size_t exchange_room(const Network& network, const Voting& voting, int processes) {
    const auto parts = static_cast<std::size_t>(processes);
    std::size_t fields = 0, most = 0;
    for (const Layer& layer : network.layers) {
        if (!layer.learns) continue;
        const std::size_t each = (layer.forward.size() + parts - 1) / parts;
        fields += 2 * parts * field_words(each, 32) * sizeof(std::uint64_t);
        most = std::max(most, layer.forward.size());
    }
    return (processes > 1 ? fields : 0) + (voting.voters > 0 ? most * sizeof(std::int32_t) : 0);
}

Exchange exchange_of_voters(const Network& network, const Voting& voting) {
    const int parts = std::max(voting.voters, 1), width = voting.one_bit ? 1 : 2;
    const auto others = static_cast<std::size_t>(parts - 1);
    std::size_t words = 0;
    for (const Layer& layer : network.layers) {
        const std::size_t each = (layer.forward.size() + others) / (others + 1);
        if (layer.learns) words += 2 * others * field_words(each, width);  // dealt, and gathered
    }
    return {parts, static_cast<double>(words * sizeof(std::uint64_t)), 0, 0,
            int32_sums(network, parts)};
}

}  // namespace crossbar
