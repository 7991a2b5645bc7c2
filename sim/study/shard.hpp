// --shard: one part of a study's runs, the same on every machine.
#pragma once

#include <string>
#include <vector>

#include "study/study.hpp"

namespace crossbar::sim {

struct Shard {
    int number = 1, count = 1;  // from 1
};

// "2/4"; all of one where the text is empty. Throws Error.
Shard parse_shard(const std::string& text);

// The shard of each run, from 1: the longest first, each onto the shard that has least to do yet.
// Runs of one key are in one shard.
std::vector<int> shards_of(const std::vector<StudyRun>& runs, int count);

// The same for some of the runs.
std::vector<int> shards_of(const std::vector<StudyRun>& all, const std::vector<StudyRun>& some,
                           int count);

// The runs of one shard, in their order.
std::vector<StudyRun> runs_of(const std::vector<StudyRun>& runs, const Shard& shard);

}  // namespace crossbar::sim
