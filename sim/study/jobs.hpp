// Jobs are calls of this program by itself, in processes of their own: one that crashes or is
// killed costs no other. They end with this process, however it ends.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crossbar::sim {

struct JobCall {
    std::size_t job;                     // the caller's number for it
    std::vector<std::string> arguments;  // after the program's name
    std::string log;                     // file that takes what the job says on standard error
    int shared = -1;                     // a file that the job keeps open, too; -1: none
};

// How a job ended.
struct JobEnd {
    std::string failure;  // what went wrong; empty: nothing
    int status = 0;       // its exit status, where it was not killed
    bool killed = false;  // by a signal
};

struct JobWatch {
    // The next job, where there is one now; `running` are under way.
    std::function<std::optional<JobCall>(std::size_t running)> next;
    // Whether there may be another one later.
    std::function<bool()> more;
    std::function<void(std::size_t job, const JobEnd& end)> finished;
    // Several times a second, with the number of jobs under way.
    std::function<void(std::size_t running)> tick;
    // Asked as often. Once true, running jobs get SIGTERM and no other starts.
    std::function<bool()> stop;
};

// Runs jobs, at most `at_once` at a time, until there are no more. Returns false when stopped.
// Throws Error where no process can be made.
bool run_jobs(std::size_t at_once, const JobWatch& watch);

}  // namespace crossbar::sim
