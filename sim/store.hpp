// The result store: finished runs, one JSON record a line. Every line is the record of --json
// written compactly, with "key", "experiment" and "label" before it. A line is appended as a whole
// and synced, so that a process that is killed leaves at most one broken last line, which the next
// one cuts off.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "append_file.hpp"

namespace crossbar::sim {

// What tables need of a run. Values that the record does not have are below 0.
struct StoredRun {
    double error = -1;  // percent, of the data the run reports on
    double loss = -1;
    double seconds = -1;
};

// What the store adds to a record.
struct RunLabels {
    std::string key;         // task, data, column, seed and all settings: the same run has it again
    std::string experiment;  // that the run was made for first
    std::string label;       // row and column of its table
};

class Store {
  public:
    // Opens or makes the file, locks it against other writers and reads what is there. A line that
    // is no record is left out, with a notice. Throws Error.
    explicit Store(const std::string& path);

    const std::string& path() const { return path_; }
    // Null when there is no such run.
    const StoredRun* find(const std::string& key) const;
    // Appends the record that --json wrote to `file`. Throws Error, the store being as it was.
    void add(const RunLabels& labels, const std::string& file);
    const std::vector<std::string>& notices() const { return notices_; }

  private:
    void load();

    std::string path_;
    AppendFile file_;
    std::map<std::string, StoredRun> runs_;
    std::vector<std::string> notices_;
};

}  // namespace crossbar::sim
