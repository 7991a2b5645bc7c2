// The schedule of quorums, and the square root that a budget of pulses asks for.
#include "array/quorum.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/fixed.hpp"

namespace crossbar {
namespace {

using Wide = unsigned __int128;

constexpr int most_votes = 32767;    // of any counter
constexpr std::int64_t ln2 = 45426;  // * 2^16
constexpr int course_bits = 20;

// How often the course halves what is left of a budget: the quorum grows by 2^(halvings / 2).
constexpr std::uint64_t halvings = 7;

// The share of a budget that the course leaves after `done` of `batches`, * 2^20: it halves evenly,
// and between two halvings it is a straight line, in 1/1024.
std::uint64_t course_left(std::uint64_t done, std::uint64_t batches) {
    const std::uint64_t steps = std::min(done, batches) * halvings * 1024 / batches;
    return ((std::uint64_t{1} << course_bits) >> steps / 1024) * (2048 - steps % 1024) / 2048;
}

}  // namespace

int top_count(int counter_bits) {
    return (1 << (counter_bits - 1)) - 1;
}

std::vector<int> quorum_schedule(int weight_bits, int epochs, int most) {
    const int first = std::max(1, 16 >> std::max(0, weight_bits - 2));
    const int doublings = bit_width(static_cast<std::uint64_t>(std::max(32 / first, 16))) - 1;
    std::vector<int> quorum;
    for (int epoch = 0; epoch < std::max(epochs, 1); ++epoch) {
        // Whole doublings, and between them a straight line, in 1/1024.
        const int steps = epochs > 1 ? epoch * doublings * 1024 / (epochs - 1) : 0;
        const int votes = (first << (steps / 1024)) * (1024 + steps % 1024) / 1024;
        quorum.push_back(std::min(votes, most));
    }
    return quorum;
}

std::uint64_t wait_for(const PulseBudget& budget, std::uint64_t synapses, std::uint64_t sent,
                       std::uint64_t done) {
    ENSURE(budget.pulses > 0 && budget.batches > 0);
    const Wide all = Wide(static_cast<std::uint64_t>(budget.pulses)) * synapses;
    const Wide spent = Wide(sent) * 1024;
    if (spent >= all) return longest_wait;
    const auto share = static_cast<std::uint64_t>(((all - spent) << course_bits) / all);
    if (share == 0) return longest_wait;
    // tau R* / R^2, with R = share of the budget and R* that of the course.
    const Wide above = (Wide(budget.batches) * course_left(done, budget.batches))
                       << (26 + course_bits);
    const Wide below =
        Wide(halvings * static_cast<std::uint64_t>(ln2 * budget.pulses)) * share * share;
    return static_cast<std::uint64_t>(std::clamp<Wide>(above / below, 1, longest_wait));
}

Ballot ballot_of_quorum(int quorum, int counter_top) {
    if (quorum <= counter_top) return {quorum, 0};
    const auto counted = static_cast<int>(round_divide(std::int64_t{counter_top} << 16, quorum));
    return {counter_top, 65536 - std::max(counted, 1)};
}

Ballot ballot_of_wait(std::uint64_t wait, int counter_top, Counting counting) {
    if (wait >= longest_wait) return {most_votes, 0};
    const int quorum = std::max(1, static_cast<int>(integer_sqrt(wait)));
    if (quorum <= counter_top || counting == Counting::all)
        return {std::min(quorum, counter_top), 0};
    const auto counted = static_cast<int>(round_divide(
        (std::int64_t{counter_top} * counter_top) << 16, static_cast<std::int64_t>(wait)));
    return {counter_top, 65536 - std::max(counted, 1)};
}

}  // namespace crossbar
