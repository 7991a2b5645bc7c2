// Errors of what a run came to.
#include "run/record.hpp"

namespace crossbar::sim {

double percent_wrong(const Metrics& t) {
    return t.images == 0 ? -1
                         : 100.0 * static_cast<double>(t.wrong) / static_cast<double>(t.images);
}

Metrics test_tally(const Outcome& outcome) {
    if (outcome.evaluation) return outcome.evaluation->metrics;
    const std::vector<EpochRecord>& history = outcome.experiment.progress.history;
    return history.empty() ? Metrics{} : history.back().test;
}

}  // namespace crossbar::sim
