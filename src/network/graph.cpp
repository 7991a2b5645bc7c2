// Which buffer holds which delta on the way back.
#include "network/graph.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace crossbar {
namespace {

// Buffers that deltas are put into, the lowest free one first.
class Buffers {
  public:
    explicit Buffers(std::vector<std::size_t>& sizes) : sizes_(sizes) {}

    int take() {
        const auto free = std::find(taken_.begin(), taken_.end(), false);
        const auto buffer = static_cast<std::size_t>(free - taken_.begin());
        if (free == taken_.end()) {
            taken_.push_back(false);
            sizes_.push_back(0);
        }
        taken_[buffer] = true;
        return static_cast<int>(buffer);
    }
    void hold(int buffer, std::size_t size) {
        std::size_t& most = sizes_[static_cast<std::size_t>(buffer)];
        most = std::max(most, size);
    }
    void release(int buffer) {
        if (buffer >= 0) taken_[static_cast<std::size_t>(buffer)] = false;
    }

  private:
    std::vector<bool> taken_;
    std::vector<std::size_t>& sizes_;
};

// By how many bits the unit of a sum of so many terms is coarser than theirs.
int bits_above(int terms) {
    int bits = 0;
    while (9LL << 2 * bits < 4LL * terms)
        ++bits;
    return bits;
}

}  // namespace

void raise_sums(std::vector<Stage>& stages) {
    constexpr int most = 1 << 20;  // of terms; a text of so many adds there is none
    for (Stage& stage : stages) {
        const auto terms = [&](int from) {
            return from < 0 ? 1 : stages[static_cast<std::size_t>(from)].terms;
        };
        stage.terms = stage.layer >= 0 ? 1 : terms(stage.inputs[0]);
        if (stage.kind != StageKind::add) continue;
        const int a = terms(stage.inputs[0]), b = terms(stage.inputs[1]);
        stage.terms = std::min(a + b, most);
        stage.raise = bits_above(stage.terms) - bits_above(std::max(a, b));
    }
}

BackwardPlan plan_backward(const std::vector<Stage>& stages) {
    BackwardPlan plan;
    Buffers buffers(plan.buffers);
    std::vector<int> at(stages.size(), -1);  // the buffer of each stage's delta
    for (std::size_t i = stages.size(); i-- > 0;) {
        const Stage& stage = stages[i];
        if (!stage.wants_delta) continue;
        ENSURE(at[i] >= 0 || i + 1 == stages.size());
        std::vector<std::size_t> wanted;
        for (const int input : stage.inputs)
            if (input >= 0 && stages[static_cast<std::size_t>(input)].wants_delta)
                wanted.push_back(static_cast<std::size_t>(input));
        const auto number = static_cast<int>(i);
        if (wanted.empty()) plan.steps.push_back({.stage = number, .from = at[i]});
        for (std::size_t k = 0; k < wanted.size(); ++k) {
            // The last one may have the buffer of the output's, which nobody reads after it.
            const bool inherits =
                k + 1 == wanted.size() && at[i] >= 0 && traits_of(stage.kind).in_place;
            int& open = at[wanted[k]];
            const int to = inherits ? at[i] : buffers.take();
            buffers.hold(to, stages[wanted[k]].out.size());
            plan.steps.push_back({number, static_cast<int>(wanted[k]), at[i], to, open});
            if (inherits) at[i] = -1;
            if (open < 0)
                open = to;
            else
                buffers.release(to);
        }
        buffers.release(at[i]);
    }
    return plan;
}

}  // namespace crossbar
