// How long runs take on this machine, and how much memory: short trials of each kind of run, on
// stand-in images of which nothing is kept.
#pragma once

#include <string>
#include <vector>

#include "study/study.hpp"

namespace crossbar::sim {

struct Foretold {
    double seconds = 0, bytes = 0;  // of one run
};

struct Trials {
    std::vector<Foretold> runs;  // as the runs are
    std::string told;  // how it is known: "by trials of 3 kinds of runs on this machine .."
};

// Of runs of `threads` threads each, one at a time.
Trials foretell(const std::vector<StudyRun>& runs, int threads);

}  // namespace crossbar::sim
