// Which pictures lie below a folder, and what else does.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace crossbar {

// How many files, by the reason why they are not used: ".webp", "hidden", ...
using PassedOver = std::map<std::string, std::size_t>;

// "4 .webp, 2 hidden".
std::string text_of(const PassedOver& passed_over);

struct PictureFolder {
    std::vector<std::string> paths;  // of its pictures, with those of folders below it, sorted
    PassedOver passed_over;
};

// Links to folders are followed, each folder once; what leads up again is passed over.
PictureFolder pictures_below(const std::string& folder);

// A class for each folder in `folder`, also for those without pictures.
struct PictureTree {
    std::map<std::string, PictureFolder> classes;
    PassedOver passed_over;  // of `folder` itself
};
PictureTree tree_below(const std::string& folder);

}  // namespace crossbar
