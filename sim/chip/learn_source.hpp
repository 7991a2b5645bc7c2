// A network that goes on learning, as C99 files beside those of chip_source.hpp: the state that it
// starts with, its blocks, the plan of its training, and the runtime that learns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chip/chip_source.hpp"
#include "chip/learn_plan.hpp"

namespace crossbar::sim {

// Batches in the order of the training that the checkpoint is of, and what the program made of
// them: the signature behind the last one, and logits of test images by running statistics.
struct LearnVectors {
    struct Batch {
        std::vector<std::uint16_t> labels;
        std::vector<std::uint8_t> pixels;
    };
    std::vector<Batch> batches;
    std::uint64_t signature = 0;
    Batch tests;
    std::vector<std::int32_t> logits;
};

// The network as it is before those batches; `step`: batches so far.
struct LearnStart {
    const Network& network;
    const Plan& plan;
    std::uint64_t step;
};

// The state in memory that training begins with, little-endian; traces that are all 0 are left off.
std::vector<std::uint8_t> initial_state(const LearnPlan& learning, const LearnStart& start,
                                        std::uint32_t version);

// Throws Error for what C sources do not learn. `name` as in c_sources.
CFiles learn_sources(const LearnStart& start, const std::string& name, const LearnVectors& vectors);

// Batches, signature, test images and logits as one file, which the example reads.
std::string learn_vectors_file(const LearnVectors& vectors);

}  // namespace crossbar::sim
