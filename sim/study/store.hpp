// The result store: finished runs, one JSON record a line. Every line is the record of --json
// written compactly, with what the store adds before it and a checksum behind it (stored_line.hpp).
// A line is appended as a whole and synced, so that a process that is killed leaves at most one
// broken last line, which the next one cuts off. Several processes, on several machines with a
// shared folder, may have one store: each locks STORE.lock while it reads or appends, and the
// others wait for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/stored_line.hpp"
#include "terminal/append_file.hpp"
#include "terminal/file_lock.hpp"

namespace crossbar::sim {

// What the store adds to a record.
struct RunLabels {
    std::string key;         // of all that makes two runs the same: study.cpp
    std::string experiment;  // that the run was made for first
    std::string label;       // row and column of its table
    Parts parts = 0;         // that the run was asked to record
    // Of the files that the run was planned with.
    std::string task_fingerprint, target_fingerprint, data_fingerprint;
};

class Store {
  public:
    // To write: opens or makes the file and reads what is there. A file that is not a store is
    // refused as it is. Damaged lines are set aside into PATH.bad, with notices. To read: changes
    // nothing, and locks nothing. Throws Error.
    enum class Use { write, read };
    explicit Store(const std::string& path, Use use = Use::write);

    const std::string& path() const { return path_; }
    // Takes in what other processes have appended since. Throws Error.
    void refresh();
    // Null when there is no such run. Of several the one that records most, of equals the last.
    const StoredRun* find(const std::string& key) const;
    // Appends the record that --json wrote to `file`. Throws Error, the store being as it was; also
    // where the run read other files than were planned with.
    void add(const RunLabels& labels, const std::string& file);
    const std::vector<std::string>& notices() const { return notices_; }

    std::size_t records() const { return records_; }      // read
    std::size_t unvouched() const { return unvouched_; }  // of those
    bool is_new() const { return new_; }                  // there was no such file

  private:
    struct Lines;
    FileLock lock() const;
    void load();
    void catch_up();
    void check_ours(const Lines& lines) const;
    void take(const Lines& lines);
    bool set_aside(const Lines& lines);
    void mend_end(const Lines& lines);

    std::string path_;
    bool new_ = false;
    std::optional<AppendFile> file_;  // to write
    std::int64_t taken_ = 0;          // bytes, of whole lines
    std::size_t lines_ = 0;
    std::map<std::string, StoredRun> runs_;
    std::vector<std::string> notices_;
    std::size_t records_ = 0, unvouched_ = 0;
};

}  // namespace crossbar::sim
