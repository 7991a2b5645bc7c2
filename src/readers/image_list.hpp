// Lists of image files with labels, and their way to pixels: decoded in parallel, fitted to the
// task's geometry, kept in the cache. What a reader of picture files has to find is only the lists.
#pragma once

#include <string>
#include <vector>

#include "crossbar/readers.hpp"

namespace crossbar {

struct ImageList {
    std::vector<std::string> paths;
    std::vector<std::uint16_t> labels;  // one a path
};

struct ImageLists {
    ImageList train, test;
    std::string lacking;     // as in Census
    std::size_t absent = 0;  // likewise
};

// One class: its images sorted by name.
using ClassPaths = std::vector<std::string>;

// The lists of a set without lists of its own: classes[label], split by the rule of split.hpp. They
// go round the classes, one image of each at a time, so that the first images of a list are of all
// classes alike.
ImageLists split_lists(const std::vector<ClassPaths>& classes, const ReadRequest& request);

// One part, round its classes in the same way.
ImageList listed(const std::vector<ClassPaths>& classes);

// Says in lists.lacking when fewer classes than the task's have images, or a part has none.
void find_lacking(ImageLists& lists, int classes);

Census census_of(const ImageLists& lists);

// Decodes the lists. An Error when something is lacking, or for a file that is damaged.
TaskData load_images(const ImageLists& lists, const ReadRequest& request);

}  // namespace crossbar
