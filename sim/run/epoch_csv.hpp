// --epoch-csv FILE.csv: a row per epoch, appended as the epoch ends, so that what reads the file
// while a run trains sees whole lines. A run that goes on from its checkpoint goes on in its file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "session/run.hpp"

namespace crossbar::sim {

class EpochCsv {
  public:
    // Writes nothing where the path is empty. Throws Error where the file could not be written, is
    // no such file, or its rows of epochs that the run has finished are not the run's own.
    EpochCsv(std::string path, const Run& run, bool diagnose);

    // Leaves the head and the rows of the epochs that the run has finished: rows that are missing
    // come from the run's history, later ones go. Throws Error.
    void begin();
    // Appends the row of the epoch that has just ended. Throws Error; the row is then written
    // before the next one, or by finish().
    void add(const EpochRecord& record);
    // Tries once more to append rows that could not be. Throws Error.
    void finish();

  private:
    std::string row(const EpochRecord& record, std::span<const LayerReport> layers,
                    bool as_it_ended) const;
    std::string past_row(const EpochRecord& record) const { return row(record, layers_, false); }
    void check_rows(const std::string& text);

    std::string path_;
    const Run& run_;
    bool diagnose_;
    std::vector<LayerReport> layers_;  // before training
    std::string kept_, waiting_;       // rows of the file that stay; rows that are not in it yet
    std::int64_t size_ = 0;            // of the file as this run left it
};

}  // namespace crossbar::sim
