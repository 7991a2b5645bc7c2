// What runs under way leave beside the store, in the folder STORE.jobs: who makes a run, its log,
// how far it is, its checkpoint, its record until that is in the store, and why it failed. Of all
// processes that work on the store, the one that has a run's claim alone touches its files, and no
// others are touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "study/study.hpp"
#include "terminal/file_lock.hpp"

namespace crossbar::sim {

// What a run's files are for.
enum class JobFile { record, log, checkpoint, failure, progress };

// STORE.jobs, beside the store itself, wherever links to it are.
std::string jobs_folder(const std::string& store);

// Where the file of a run is, or would be.
std::string job_file(const std::string& store, const StudyRun& run, JobFile what);

// The file by which a run is claimed, and who makes it; empty where nobody does.
std::string claim_of(const std::string& store, const StudyRun& run);
std::string claimed_by(const std::string& store, const StudyRun& run);

class Workshop {
  public:
    // Makes the folder. A store that is new has no use for what runs of an old one left: it goes.
    // Throws Error where the folder is a link or no folder.
    Workshop(const std::string& store, bool is_new);
    // Removes the folder, unless something is left in it.
    ~Workshop();
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    std::string file(const StudyRun& run, JobFile what) const {
        return job_file(store_, run, what);
    }
    bool has(const StudyRun& run, JobFile what) const;
    void remove(const StudyRun& run, JobFile what) const;

    // The right to make the run; nothing where another process has it. Links in place of the run's
    // files, through which nothing may be written, go. Throws Error.
    std::optional<FileLock> claim(const StudyRun& run) const;

    // Removes what is left of a run that is in the store, as where its maker was killed just then.
    void clear(const StudyRun& run) const;

    // Records and checkpoints of an old store that were removed.
    std::size_t foreign() const { return foreign_; }

  private:
    void sweep_out();

    std::string store_;
    std::filesystem::path folder_;
    std::set<std::string> found_;  // digits of the runs that have files, when it was opened
    std::size_t foreign_ = 0;
};

}  // namespace crossbar::sim
