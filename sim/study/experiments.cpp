// The table of experiments: name, question, columns, and the rows of ablations.
#include "study/experiments.hpp"

#include "array/target_keys.hpp"
#include "session/columns.hpp"

namespace crossbar::sim {
namespace {

// Keys of targets that say with which values, and three of them with fewer bits.
std::vector<RowAxis> fault_rows() {
    std::vector<RowAxis> rows;
    for (const std::string& sweep : fault_sweeps())
        rows.push_back({sweep});
    for (const char* sweep : {"device.stuck_random=0,0.03,0.1,0.3", "device.endurance=3,10,30",
                              "device.lifetime=300,1000,3000,10000"})
        rows.push_back({sweep, "frsf+bn+bm4", "weight-bits=2"});
    return rows;
}

const PaperExperiment experiments[] = {
    {"A",
     "the magnitude of feedback does not matter",
     {"sgd", "bm1", "bn", "bn+bm1", "usf", "nusf", "usf+bm1", "usf+bn", "usf+bn+bm1", "brsf+bn+bm1",
      "frsf+bn+bm1"}},
    {"B",
     "partial sign-concordance: 100, 90, 75, 50, 25, 0 % of the signs agree",
     {"brsf+bn+bm1", "brsf-p90+bn+bm1", "brsf-p75+bn+bm1", "brsf-p50+bn+bm1", "brsf-p25+bn+bm1",
      "brsf-p0+bn+bm1", "frsf+bn+bm1", "frsf-p90+bn+bm1", "frsf-p75+bn+bm1", "frsf-p50+bn+bm1",
      "frsf-p25+bn+bm1", "frsf-p0+bn+bm1"}},
    {"C1",
     "no concordance: fixed random feedback beside uniform signs",
     {"rndf", "rndf+bn", "rndf+bn+bm1", "usf+bn+bm1"}},
    {"C2",
     "clamped layers: the last one frozen (bottom), or all others (top)",
     {"rndf bottom", "rndf+bn bottom", "rndf+bn+bm1 bottom", "usf+bn+bm1 bottom", "rndf top",
      "rndf+bn top", "rndf+bn+bm1 top", "usf+bn+bm1 top"}},
    {"M",
     "the settings of batch Manhattan",
     {"sgd", "bm1", "bm2", "bm3", "usf+bn", "usf+bn+bm1", "usf+bn+bm2", "usf+bn+bm3"}},
    {"bits",
     "how few bits are enough",
     {"frsf+bn+bm1", "frsf+bn+bm3", "frsf+bn+bm4"},
     {{"weight-bits=1,2,3,4,6,8,12,16"},
      {"weight-bits=2,3,4,6,8,12", "frsf+bn+bm1", "update-rounding=nearest"},
      {"activation-bits=2,3,4,6"},
      {"error-bits=2,3,4,6"},
      {"feedback-bits=1,2,3,4,6"},
      {"counter-bits=2,3,4,5,7,10", "frsf+bn+bm4", "counting=sampled"},
      {"device.tiles.adc_bits=3,4,5,6,8,10"}}},
    {"devices",
     "every built-in target",
     {"frsf+bn+bm1", "frsf+bn+bm3", "frsf+bn+bm4"},
     {{"target=every"}}},
    {"faults",
     "devices that are stuck, differ, are noisy, leak or wear out",
     {"frsf+bn+bm1", "frsf+bn+bm4"},
     fault_rows()},
};
}  // namespace

std::span<const PaperExperiment> paper_experiments() {
    return experiments;
}

const PaperExperiment& experiment_named(const std::string& name) {
    return row_named(paper_experiments(), name, "experiment");
}

}  // namespace crossbar::sim
