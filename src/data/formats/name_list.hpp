// Lists of pictures as people have them: a name per line, perhaps a label behind it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace crossbar {

struct ListedName {
    std::size_t line = 0;
    std::string name;   // with '/' between folders, without "./", blanks around it and quotes
    std::string label;  // what stands behind the name of a picture; empty: nothing
};

// The lines of a text, however they end, without a byte order mark. Throws Error where the file
// cannot be read or is UTF-16.
std::vector<std::string> lines_of(const std::string& path);

// The names that are not empty.
std::vector<ListedName> listed_names(const std::string& list);

// Where all names begin with folders that end in `folder`'s own name ("set/Images/CLASS/NAME" of
// Images/), takes those away, unless there is such a folder in it.
void strip_folder(const std::string& folder, std::vector<ListedName>& names);

}  // namespace crossbar
