// What a checkpoint's numbers may be: a checksum tells that they are those that were written, not
// that training can have made them.
#pragma once

#include <string>

#include "session/checkpoint.hpp"

namespace crossbar {

// Each throws Error, beginning with the checkpoint's path, where a number is beyond what training
// can make of it.
void check_ranges(const Checkpoint& checkpoint);
void check_ranges(const Checkpoint& checkpoint, const Network& network);
void check_ranges(const Checkpoint& checkpoint, const FloatNetwork& network);

}  // namespace crossbar
