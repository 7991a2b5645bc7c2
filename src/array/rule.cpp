// The table of rules.
#include "array/rule.hpp"

#include <algorithm>
#include <string_view>

namespace crossbar {
namespace {

constexpr Rule table[] = {
    {"sgd", "tau = -g + m tau' - d w: gradient descent with momentum, the control", false, false,
     SignRuleKind::bm1},
    {"bm1", "tau = -sign(g) + m tau' - d w: batch Manhattan", true, false, SignRuleKind::bm1},
    {"bm2", "tau = sign(-sign(g) + m tau' - d w)", true, false, SignRuleKind::bm2},
    {"bm3", "tau = sign(k), k = -sign(g) + m k' - d w", true, false, SignRuleKind::bm3},
    {"bm4", "counts the signs of batches; sends one pulse when a quorum is reached", true, true,
     SignRuleKind::bm4},
};

}  // namespace

std::span<const Rule> rules() {
    return table;
}

const Rule& rule_of_scales(const Rule& rule) {
    return rule.counts_votes ? *std::ranges::find(table, std::string_view("bm1"), &Rule::name)
                             : rule;
}

}  // namespace crossbar
