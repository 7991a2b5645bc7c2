// For tests of readers: small MATLAB 5 files, written by matio.
#pragma once

#include <matio.h>

#include <cstddef>
#include <string>
#include <vector>

#include "picture_testing.hpp"

namespace crossbar {

struct MatVariable {
    std::string name;
    matio_classes kind;
    matio_types type;
    std::vector<std::size_t> sides;
    const void* data;  // lives until it is written
};

MatVariable bytes_variable(const std::string& name, std::vector<std::size_t> sides,
                           const Bytes& data);
MatVariable doubles(const std::string& name, const std::vector<double>& data);

// Returns the path. Packed: each variable by zlib.
std::string write_mat(const std::string& path, const std::vector<MatVariable>& variables,
                      bool packed = true);

// Packs each element of a file that has plain ones, whatever is in them.
void pack_elements(Bytes& file);

}  // namespace crossbar
