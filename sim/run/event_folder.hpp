// --tensorboard DIR: the figures of every epoch as a TensorBoard event file, written as each epoch
// ends. A folder holds one run: one that goes on from its checkpoint adds a file.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "session/run.hpp"
#include "terminal/append_file.hpp"

namespace crossbar::sim {

class EventFolder {
  public:
    // Writes nothing where the name is empty. Throws Error where it is no folder or cannot be one,
    // and for a new run where the folder has event files already.
    EventFolder(std::string folder, const Run& run, bool diagnose);

    // Makes the folder and the file, with the epochs that the run has finished where the folder had
    // no events. Throws Error.
    void begin();
    // Appends the epoch that has just ended. Throws Error; its record is then written before the
    // next one, or by finish().
    void add(const EpochRecord& record);
    // Tries once more to append what could not be. Throws Error.
    void finish();

  private:
    std::string record_of(const EpochRecord& record, std::span<const LayerReport> layers,
                          bool as_it_ended) const;

    std::string folder_;
    const Run& run_;
    bool diagnose_;
    std::optional<AppendFile> file_;
    std::string waiting_;
};

}  // namespace crossbar::sim
