// Trees of JPEG and PNG files, a folder a class. Roles, one of these sets:
//   images                            CLASS/.../NAME, split by the rule of split.hpp
//   train_images, test_images         two such trees; the classes are those of both
//   images, train_list, test_list     lists of "CLASS/NAME", one a line, below `images`
//   images, class_list                no folders: NUMBER.jpg is of the class that line NUMBER names
// Names are in byte order; labels are the order of class names. A folder below a class belongs to
// it. Hidden files, files of other kinds and folders without images are passed over.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

#include "crossbar/check.hpp"
#include "image_list.hpp"
#include "split.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

using Tree = std::map<std::string, ClassPaths>;  // class name: its images, sorted

bool hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

bool is_image(const fs::path& path) {
    std::string suffix = path.extension().string();
    for (char& c : suffix)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return !hidden(path) && (suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png");
}

// Every image below a folder, sorted by path.
ClassPaths images_below(const fs::path& folder) {
    ClassPaths paths;
    for (fs::recursive_directory_iterator at(folder), end; at != end; ++at) {
        if (at->is_directory()) {
            if (hidden(at->path())) at.disable_recursion_pending();
        } else if (is_image(at->path()) && at->is_regular_file()) {
            paths.push_back(at->path().string());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

Tree tree_below(const std::string& folder) try {
    Tree tree;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (!entry.is_directory() || hidden(entry.path())) continue;
        ClassPaths paths = images_below(entry.path());
        if (!paths.empty()) tree[entry.path().filename().string()] = std::move(paths);
    }
    return tree;
} catch (const fs::filesystem_error& error) {
    fail("{}: cannot look through this folder: {}", error.path1().string(), error.code().message());
}

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) fail("{}: cannot read this list", path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        lines.push_back(std::move(line));
    }
    return lines;
}

// Refused: a list that would lead out of the set's folder.
std::string class_of_line(const std::string& list, std::size_t number, const std::string& line) {
    const std::size_t slash = line.find('/');
    if (slash == 0 || slash == line.npos || slash + 1 == line.size() ||
        ("/" + line + "/").find("/../") != line.npos || line.find('\0') != line.npos)
        fail("{}:{}: '{}', expected CLASS/NAME", list, number, line);
    return line.substr(0, slash);
}

// What a list names. A class is there even if none of its images is, so that labels do not depend
// on that.
Tree tree_of_list(const ReadRequest& request, std::string_view role, std::size_t& absent) {
    const std::string& list = path_of(request, role);
    const fs::path folder = path_of(request, "images");
    Tree tree;
    std::size_t number = 0;
    for (const std::string& line : lines_of(list)) {
        ++number;
        if (line.empty()) continue;
        ClassPaths& paths = tree[class_of_line(list, number, line)];
        std::error_code ignored;
        const fs::path image = folder / line;
        if (fs::is_regular_file(image, ignored))
            paths.push_back(image.string());
        else
            ++absent;
    }
    if (tree.empty()) fail("{}: the list is empty, expected a CLASS/NAME a line", list);
    for (auto& [name, paths] : tree)
        std::sort(paths.begin(), paths.end());
    return tree;
}

// SUFR-W: line n is "NUMBER # NAME" (the class is NUMBER), of image n; here any text before a '#'.
Tree tree_of_classes(const ReadRequest& request, std::size_t& absent) {
    const std::string& list = path_of(request, "class_list");
    const std::vector<std::string> lines = lines_of(list);
    std::vector<std::string> image(lines.size());
    for (const std::string& path : images_below(path_of(request, "images"))) {
        const std::string stem = fs::path(path).stem().string();
        std::size_t number = 0;
        const auto read = std::from_chars(stem.data(), stem.data() + stem.size(), number);
        if (read.ec != std::errc() || read.ptr != stem.data() + stem.size() || number < 1 ||
            number > lines.size())
            fail("{}: expected a name from 1 to {}, a line of {}", path, lines.size(), list);
        image[number - 1] = path;
    }
    Tree tree;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string name = lines[i].substr(0, lines[i].find('#'));
        while (name.ends_with(' '))
            name.pop_back();
        if (name.empty()) fail("{}:{}: '{}', expected a class", list, i + 1, lines[i]);
        ClassPaths& paths =
            tree[std::string(4 - std::min<std::size_t>(4, name.size()), '0') + name];
        if (image[i].empty())
            ++absent;
        else
            paths.push_back(image[i]);
    }
    for (auto& [name, paths] : tree)
        std::sort(paths.begin(), paths.end());
    return tree;
}

// The paths of the chosen class names, label by label.
std::vector<ClassPaths> in_order(Tree& tree, const std::vector<std::string>& names) {
    std::vector<ClassPaths> classes;
    classes.reserve(names.size());
    for (const std::string& name : names)
        classes.push_back(std::move(tree[name]));
    return classes;
}

std::vector<std::string> chosen_names(const Tree& train, const Tree& test,
                                      const ReadRequest& request) {
    std::map<std::string, std::size_t> counts;  // of both parts
    for (const Tree* tree : {&train, &test})
        for (const auto& [name, paths] : *tree)
            counts[name] += paths.size();
    std::vector<std::string> all, names;
    std::vector<std::size_t> images;
    for (const auto& [name, count] : counts) {
        all.push_back(name);
        images.push_back(count);
    }
    for (const std::size_t c : chosen_classes(images, request.classes, request.split))
        names.push_back(all[c]);
    return names;
}

ImageLists find_images(const ReadRequest& request) {
    const bool by_lists = has_role(request, "train_list") || has_role(request, "test_list");
    const bool two_trees = has_role(request, "train_images") || has_role(request, "test_images");
    ImageLists lists;
    Tree train, test;
    if (by_lists) {
        train = tree_of_list(request, "train_list", lists.absent);
        test = tree_of_list(request, "test_list", lists.absent);
    } else if (two_trees) {
        train = tree_below(path_of(request, "train_images"));
        test = tree_below(path_of(request, "test_images"));
    } else if (has_role(request, "class_list")) {
        train = tree_of_classes(request, lists.absent);
    } else {
        train = tree_below(path_of(request, "images"));
    }
    const std::vector<std::string> names = chosen_names(train, test, request);
    if (!by_lists && !two_trees) {
        ImageLists split = split_lists(in_order(train, names), request);
        split.absent = lists.absent;
        return split;
    }
    lists.train = listed(in_order(train, names));
    lists.test = listed(in_order(test, names));
    find_lacking(lists, request.classes);
    return lists;
}

}  // namespace

Census look_image_folder(const ReadRequest& request) {
    return census_of(find_images(request));
}

TaskData read_image_folder(const ReadRequest& request) {
    return load_images(find_images(request), request);
}

}  // namespace crossbar
