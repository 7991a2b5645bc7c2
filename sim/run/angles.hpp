// What --diagnose found, in text: a line after every epoch, and a table by layer at the end.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "terminal/table.hpp"
#include "training/run.hpp"

namespace crossbar::sim {

// Of so many epochs the first, the middle and the last; fewer where there are no three.
std::vector<std::size_t> first_middle_last(std::size_t count);

// Whole degrees of every layer, "-" for one that does not learn: "62 40 0".
std::string angle_line(const std::vector<LayerDiagnosis>& layers);

// A row per layer, from the input on: its angle after the first, the middle and the last epoch that
// was diagnosed, and `now` where that is not empty; last the gradient signs that agree.
Table angle_table(const std::vector<std::string>& layers, const std::vector<EpochRecord>& history,
                  const std::vector<LayerDiagnosis>& now);

}  // namespace crossbar::sim
