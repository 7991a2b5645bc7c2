// How far a study is, for the command watch: a line of JSON in the folder of jobs beside its store,
// and a claim that is held as long as the study goes on. Both go with it; what a killed one leaves,
// the next one takes away.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "terminal/file_lock.hpp"

namespace crossbar::sim {

struct StudyState {
    std::string experiment;  // "A", "sweep"
    std::size_t runs = 0;    // of the study that were not on record when it began
    std::size_t made = 0, failed = 0, running = 0;
    double seconds_left = -1;  // below 0: not known yet
};

class StudyFile {
  public:
    // In a folder that is there. A study that cannot have one goes on without.
    explicit StudyFile(const std::string& folder);
    ~StudyFile();
    StudyFile(const StudyFile&) = delete;
    StudyFile& operator=(const StudyFile&) = delete;

    // Every two seconds at most. What a full disk does not take costs no study.
    void tell(const StudyState& state);

  private:
    std::string file_;
    std::optional<FileLock> claim_;
    Clock::time_point told_ = {};
};

}  // namespace crossbar::sim
