// What a run is asked to report and to write beside its last line.
#pragma once

#include <string>

namespace crossbar::sim {

struct Outputs {
    std::string json, csv, trace, map, save, exported, dumped, predictions;  // files; empty: none
    std::string epoch_csv;                                                   // a file, empty: none
    std::string tensorboard;                                                 // a folder, likewise
    std::string progress;                                                    // file; empty: none
    std::string save_every;  // empty: after every epoch
    bool confusion = false, diagnose = false, filters = false, cost = false;
    bool quiet = false, show_settings = false;

    // With --json - standard output belongs to the record.
    bool silent() const { return quiet || json == "-"; }
};

}  // namespace crossbar::sim
