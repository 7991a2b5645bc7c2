// A run under way as its --progress file tells it (run/progress_file.hpp): read while it is being
// written, and nothing in it is believed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossbar::sim {

struct EpochPoint {
    int epoch = 0;
    double train_error = -1, test_error = -1;  // percent; below 0: not known
};

struct RunProgress {
    std::string task, data, target, column, command, began, tested_on;
    double seed = -1, train_images = -1;
    int epochs = 0;                                                    // to make
    int epoch = 0;                                                     // under way, from 1
    double image = 0, train_error = -1, rate = -1, seconds_left = -1;  // in it
    std::vector<EpochPoint> curve;
    std::string end;  // "finished", "stopped"; empty: it goes on, or its process was killed

    // Of all that it trains, 0 to 1.
    double share() const;
};

// Lines that are none, as the half of one that is just being appended, are passed over; what is out
// of range is left as not known. Nothing where no line tells the run.
std::optional<RunProgress> run_progress_of(std::string_view text);

// The same of a file; nothing where it cannot be read or is larger than 16 MB.
std::optional<RunProgress> read_run_progress(const std::string& file);

}  // namespace crossbar::sim
