// Makes the runs of a study that the store does not have yet, in processes, and puts each into the
// store as it ends. Several such processes may work on one store: each run is claimed by one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "study/store.hpp"
#include "study/study.hpp"

namespace crossbar::sim {

struct RunnerEnd {
    std::size_t made = 0, failed = 0, saved = 0;  // saved: under way, when a signal came
    int signal = 0;                               // that ended it, or 0
};

struct RunnerOptions {
    int threads = 1;  // of each run
    bool quiet = false;
    bool live = true;  // what is drawn again and again is for a terminal of one's own
    std::string save_every;
};

class Runner {
  public:
    // Reads --threads, --save-every and --quiet of the line. Opens the store. Throws Error.
    Runner(const Given& line, const StudyOptions& options);

    Store& store() { return store_; }
    // `text` gives what stands at the foot of a terminal while runs are made: the table so far.
    RunnerEnd run(const std::string& experiment, const std::vector<StudyRun>& runs,
                  const std::function<std::string()>& text);

  private:
    int jobs_;
    RunnerOptions options_;
    Store store_;
};

// Of each run: --threads of the line, or its share of the machine's.
int threads_for(const Given& line, const StudyOptions& options);

// 0; 2 when a run failed; 128 + a signal. Says so on standard error.
int exit_status(const RunnerEnd& end);

}  // namespace crossbar::sim
