// What is on record in stores and what is under way beside them, told anew each time from the files
// alone: nothing is changed, and what is missing or half written just now is passed over.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "watch/run_file.hpp"

namespace crossbar::sim {

// A run in the folder of jobs beside a store, or a single one of --progress.
struct JobStatus {
    std::string file;         // name alone
    std::string state;        // "running", "ended", "left" (its process is gone), "failed"
    std::string who;          // makes it; empty where nobody does, or nothing tells
    std::string why;          // it failed
    double seconds_ago = -1;  // since it was last heard of
    RunProgress run;
};

// A run on record.
struct DoneRun {
    std::string name;  // of its row and column, or its column
    double seed = -1, error = -1, seconds = -1;
};

// A study that goes on now.
struct StudyStatus {
    std::string who, experiment;
    double runs = 0, made = 0, failed = 0, running = 0, seconds_left = -1;
};

struct StoreStatus {
    std::string name;           // of the file
    std::string problem;        // why it cannot be read now; empty: none
    std::size_t runs = 0;       // on record
    std::size_t others = 0;     // lines that are no sound records
    std::vector<DoneRun> last;  // on record, the latest first; some
    std::vector<StudyStatus> studies;
    std::vector<JobStatus> jobs;
};

struct Status {
    std::string path, time;
    std::vector<StoreStatus> stores;
    std::vector<JobStatus> alone;
};

// A store, a folder of stores, or a store that is only being made. Reads those files again that
// have changed since.
class StatusReader {
  public:
    // Throws Error where there is neither the path nor a folder of jobs for it.
    explicit StatusReader(std::string path);
    Status read();
    const std::string& path() const { return path_; }

    // Tells the files that a report is made of apart from what they were before.
    std::string fingerprint() const;

  private:
    struct Known {
        std::string identity;
        StoreStatus status;
    };
    std::vector<std::string> stores() const;
    StoreStatus store_status(const std::string& file);

    std::string path_;
    std::map<std::string, Known> known_;
};

// As JSON; texts in it are as they stand in the files.
std::string json_of(const Status& status);

}  // namespace crossbar::sim
