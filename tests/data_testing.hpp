// What the tests of data files share: whole files, packed and in archives. Folders and pictures:
// picture_testing.hpp.
#pragma once

#include <archive.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "picture_testing.hpp"

namespace crossbar::testing {

using Folder = TestFolder;

void write(const std::string& path, const Bytes& bytes);
Bytes read_whole(const std::string& path);

Bytes packed(const Bytes& bytes);     // as gzip does
Bytes packed_xz(const Bytes& bytes);  // as xz does

// What libarchive writes of (name, data) in a format, with a packing.
using LibarchiveChoice = int (*)(archive*);
Bytes archived(LibarchiveChoice format, LibarchiveChoice packing,
               const std::vector<std::pair<std::string, Bytes>>& members);

// A member as tar writes it, a header and the padded data. An archive ends in 1024 zeros.
Bytes tar_member(const std::string& name, const Bytes& data, char type = '0');

Bytes joined(const std::vector<Bytes>& parts);

// CIFAR's: `count` records of the label i % 10, their planes 3 i, 3 i + 1 and 3 i + 2.
Bytes records(int count, std::size_t labels = 1);

}  // namespace crossbar::testing
