// Choosing the rate of columns on held-out training images. The test set is not looked at.
#pragma once

#include <string>
#include <vector>

#include "study/study.hpp"

namespace crossbar::sim {

// What a rate came to, of one column.
struct RateScore {
    double rate = 0;
    double error = 0;  // percent of the held-out images, mean over seeds
    double loss = 0;   // decides between equal errors
};

// The rates to try next, from those tried, all within lowest..highest: decades first, one more
// while the best is at an end, then 3 times and 1.8 times to both sides of the best. None when that
// is done.
std::vector<double> next_rates(const std::vector<RateScore>& tried, double lowest, double highest);

// The lowest error; the lowest loss among equals. `tried` is not empty.
const RateScore& best_of(const std::vector<RateScore>& tried);

// Tunes --column or all columns of --experiment, for every task and arithmetic, and writes the
// rates to the file beside each task. Exit status as of run_study. Throws Error.
int run_tune(const Given& line, StudyOptions options);

}  // namespace crossbar::sim
