// How far each run of a study is, told from stores, claims and checkpoints; nothing is changed.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "study/study.hpp"

namespace crossbar::sim {

enum class RunStage { done, running, saved, failed, missing };
inline constexpr const char* stage_names[] = {"done", "running", "saved", "failed", "missing"};

struct RunState {
    RunStage stage = RunStage::missing;
    std::string who;    // makes it: "process 12 on host"
    std::string since;  // when that began, or it failed: "2026-11-25T10:00:00Z"
    std::string why;    // it failed
    int epochs = 0;     // in its checkpoint; all of them where it is done
};

// The store of that name, which need not be there; of a folder all its stores, if any. Throws
// Error.
std::deque<Store> stores_in(const std::string& path);

// Of a run that a store does not have.
RunState state_beside(const std::string& store, const StudyRun& run);

// Of every run.
std::vector<RunState> states_of(const std::vector<StudyRun>& runs, const std::deque<Store>& stores);

}  // namespace crossbar::sim
