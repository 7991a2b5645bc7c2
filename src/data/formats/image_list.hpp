// Lists of image files with labels, and their way to pixels: decoded in parallel, fitted to the
// task's geometry, kept in the cache. What a reader of picture files has to find is only the lists.
#pragma once

#include <string>
#include <vector>

#include "data/formats/picture_tree.hpp"
#include "data/readers.hpp"

namespace crossbar {

struct ImageList {
    std::vector<std::string> paths;
    std::vector<std::uint16_t> labels;  // one a path
};

struct ImageLists {
    ImageList train, test;
    std::string lacking = {};                   // as in ImageCounts
    std::size_t absent = 0;                     // likewise
    std::string first_absent = {};              // the first of those, and where it is named
    std::vector<std::string> class_names = {};  // by label; empty where nothing names them
    PassedOver passed_over = {};
    std::vector<std::string> notices = {};  // as in TaskData
};

// One class: its images sorted by name.
using ClassPaths = std::vector<std::string>;

// Both parts of a set without lists of its own: classes[label], split by the rule of split.hpp.
// They go round the classes, one image of each at a time, so that the first images of a list are of
// all classes alike.
void split_lists(const std::vector<ClassPaths>& classes, const Split& split, ImageLists& lists);

// One part, round its classes in the same way.
ImageList listed(const std::vector<ClassPaths>& classes);

// Says in lists.lacking when fewer classes than the task's have images, or a part has none.
void find_lacking(ImageLists& lists, int classes);

// The first few of many names, "and 7 more".
std::string some_of(const std::vector<std::string>& names);

ImageCounts counts_of(const ImageLists& lists);

// Decodes the lists. An Error when something is lacking, or for a file that is damaged, unless the
// request says to pass over those.
TaskData load_images(ImageLists lists, const ReadRequest& request);

}  // namespace crossbar
