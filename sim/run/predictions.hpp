// What a network answers for each test image, as CSV: --predictions.
#pragma once

#include "run/record.hpp"

namespace crossbar::sim {

// Fails now, before training, where the file could not be written.
void check_predictions(const Outcome& outcome);

// A row for each image: its place in the test set from 0 on, label and answer as numbers, by name
// as well where the classes have names, and the logits: sums of the last layer, or float32. Throws
// Error.
void write_predictions(const Outcome& outcome);

}  // namespace crossbar::sim
