// What a report says first: the table that its stores are about, one chart, and what can be seen in
// the numbers, as sentences.
#pragma once

#include <string>
#include <vector>

#include "report/comparison.hpp"

namespace crossbar::sim {

struct FirstScreen {
    std::string title;                  // "mnist beside the paper", "voters"
    PageTable table;                    // at most ten rows
    ErrorChart chart;                   // without lines where there is nothing to draw
    std::vector<std::string> findings;  // the best, the spread, where it breaks
    std::string images;                 // what is real and what is synthetic
};

FirstScreen first_screen_of(const std::vector<StudyResults>& studies);

}  // namespace crossbar::sim
