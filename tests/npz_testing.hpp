// For tests of files that are written in pieces: a run's .npz files and checkpoints as a whole, and
// the entries of an .npz file by name.
#pragma once

#include <map>
#include <string>

#include "export/export.hpp"
#include "export/npz.hpp"

namespace npz_testing {

// The file as a whole.
std::string npz_of(const std::vector<crossbar::sim::NpzArray>& arrays,
                   crossbar::sim::Packing packing = crossbar::sim::Packing::deflated);

// Entry name -> its bytes; an empty map where it is no zip file.
std::map<std::string, std::string> unzipped(const std::string& bytes);

std::string export_of(const crossbar::Run& experiment, crossbar::sim::Exported what);
std::map<std::string, std::string> exported_by(const crossbar::Run& experiment,
                                               crossbar::sim::Exported what);
std::string checkpoint_of(const crossbar::Run& experiment);

}  // namespace npz_testing
