// Where jobs leave their records until those are in the store: the folder STORE.jobs beside it.
// Only files that bear the names of jobs are ever changed in it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace crossbar::sim {

class Workshop {
  public:
    // Makes the folder; what killed jobs left in it goes, but for records of this very store:
    // `identity` tells it from others of its name, and a new store has none. Throws Error where the
    // folder is a link or no folder.
    Workshop(const std::string& store, const std::string& identity, bool is_new);
    // Removes the folder, unless something is left in it.
    ~Workshop();
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    // The file of a job, by the text that tells it from others: ".json" or ".log".
    std::string file(const std::string& job, const char* suffix) const;
    // Records of other stores that were removed.
    std::size_t foreign() const { return foreign_; }

  private:
    bool belongs_to(const std::string& identity) const;
    // Removes what jobs wrote; with `records`, their records too. How many of those there were.
    std::size_t sweep_out(bool records) const;

    std::filesystem::path folder_;
    std::size_t foreign_ = 0;
};

}  // namespace crossbar::sim
