// --progress FILE.progress: how far a run is while it trains, for other programs to read: a line of
// JSON for the run, one for each epoch, and every few seconds one for the epoch under way. Studies
// have one for each run that they make (study/workshop.hpp); the command watch shows them.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "session/run.hpp"

namespace crossbar::sim {

class ProgressFile {
  public:
    // Begins the file anew, with the epochs that the run has behind it. No name: no file. Throws
    // Error where it cannot be written.
    ProgressFile(std::string path, const Run& run);
    ~ProgressFile();
    ProgressFile(const ProgressFile&) = delete;
    ProgressFile& operator=(const ProgressFile&) = delete;

    // What a full disk does not take is lost, and costs no run.
    void batch(const Progress& progress);
    void epoch(const Progress& progress);
    // How training ended: "finished" or "stopped".
    void end(const char* how);

  private:
    void append(const std::string& line) const;
    double images_done(const Progress& progress) const;

    const Run& run_;
    int file_ = -1;
    Clock::time_point began_ = Clock::now(), told_ = {};
    double images_before_ = 0;  // done by earlier calls of the program
};

}  // namespace crossbar::sim
