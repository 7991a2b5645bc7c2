// The pictures that lists name, below a folder.
#pragma once

#include <map>
#include <string>

#include "data/formats/image_list.hpp"

namespace crossbar {

using Classes = std::map<std::string, ClassPaths>;  // name: its images, sorted

// The roles images, train_list and test_list. A class is there even if none of its images is, so
// that labels do not depend on that. Names are found in upper or lower case too. A name that leads
// out of the folder, and labels that do not go with the folders, are Errors.
void read_lists(const ReadRequest& request, Classes& train, Classes& test, ImageLists& lists);

}  // namespace crossbar
