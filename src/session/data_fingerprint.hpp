// What the files of a task hold, as one number: the same wherever they lie and whenever they were
// written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/readers.hpp"

namespace crossbar {

// Over names below folders, sizes and bytes. What was read once is remembered in the folder `cache`
// (empty: nowhere) and read again where a name, a size, a time of change or a place on the disk is
// another one. Throws Error where a file cannot be read.
std::uint64_t fingerprint_of(const std::vector<SourceFile>& files, const std::string& cache);

}  // namespace crossbar
