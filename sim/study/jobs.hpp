// Jobs are calls of this program by itself, in processes of their own: one that crashes or is
// killed costs no other. They end with this process, however it ends.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace crossbar::sim {

struct JobCall {
    std::vector<std::string> arguments;  // after the program's name
    std::string log;                     // file that takes what the job says on standard error
};

struct JobWatch {
    // A job has ended; `failure` says how it failed, or is empty.
    std::function<void(std::size_t job, const std::string& failure)> finished;
    // Several times a second, with the number of jobs under way.
    std::function<void(std::size_t running)> tick;
    // Asked as often. Once true, running jobs get SIGTERM and no other starts.
    std::function<bool()> stop;
};

// Runs all commands in their order, at most `at_once` at a time. Returns false when stopped. Throws
// Error where no process can be made.
bool run_jobs(const std::vector<JobCall>& commands, std::size_t at_once, const JobWatch& callbacks);

}  // namespace crossbar::sim
