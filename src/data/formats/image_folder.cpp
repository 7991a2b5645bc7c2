// Trees of pictures, a folder a class. Roles, one of these sets:
//   images                            CLASS/.../NAME, split by the rule of split.hpp
//   train_images, test_images         two such trees; the classes are those of both
//   images, train_list, test_list     lists of "CLASS/NAME", one per line, below `images`
//   images, class_list                no folders: NUMBER.jpg is of the class that line NUMBER names
// Names are in byte order; labels are the order of class names. A folder below a class belongs to
// it. What is passed over is counted (picture_tree.hpp).
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "base/check.hpp"
#include "data/formats/image_list.hpp"
#include "data/formats/listed_pictures.hpp"
#include "data/formats/name_list.hpp"
#include "data/formats/picture_tree.hpp"
#include "data/formats/split.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

void add(const PassedOver& more, PassedOver& all) {
    for (const auto& [reason, files] : more)
        all[reason] += files;
}

// Classes of a tree. Folders without pictures are none, but are remembered with what they hold.
Classes classes_of(const std::string& folder, ImageLists& lists, std::vector<std::string>& empty) {
    PictureTree tree = tree_below(folder);
    Classes classes;
    add(tree.passed_over, lists.passed_over);
    for (auto& [name, found] : tree.classes) {
        add(found.passed_over, lists.passed_over);
        if (!found.paths.empty()) {
            classes[name] = std::move(found.paths);
            continue;
        }
        ++lists.passed_over["without a picture in it"];
        empty.push_back(found.passed_over.empty()
                            ? name
                            : fmt::format("{} ({})", name, text_of(found.passed_over)));
    }
    return classes;
}

// SUFR-W: line n is "NUMBER # NAME" (the class is NUMBER), of image n; here any text before a '#'.
Classes classes_of_lines(const ReadRequest& request, ImageLists& lists) {
    const std::string& list = path_of(request, "class_list");
    const std::vector<std::string> lines = lines_of(list);
    std::vector<std::string> image(lines.size());
    const PictureFolder found = pictures_below(path_of(request, "images"));
    add(found.passed_over, lists.passed_over);
    for (const std::string& path : found.paths) {
        const std::string stem = fs::path(path).stem().string();
        std::size_t number = 0;
        const auto read = std::from_chars(stem.data(), stem.data() + stem.size(), number);
        if (read.ec != std::errc() || read.ptr != stem.data() + stem.size() || number < 1 ||
            number > lines.size())
            fail("{}: expected a name from 1 to {}, a line of {}", path, lines.size(), list);
        image[number - 1] = path;
    }
    Classes classes;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string name = lines[i].substr(0, lines[i].find('#'));
        while (name.ends_with(' '))
            name.pop_back();
        if (name.empty()) fail("{}:{}: '{}', expected a class", list, i + 1, lines[i]);
        ClassPaths& paths =
            classes[std::string(4 - std::min<std::size_t>(4, name.size()), '0') + name];
        if (!image[i].empty())
            paths.push_back(image[i]);
        else if (lists.absent++ == 0)
            lists.first_absent = fmt::format("{}:{}: number {}", list, i + 1, i + 1);
    }
    for (auto& [name, paths] : classes)
        std::sort(paths.begin(), paths.end());
    return classes;
}

// The paths of the chosen class names, label by label.
std::vector<ClassPaths> in_order(Classes& classes, const std::vector<std::string>& names) {
    std::vector<ClassPaths> chosen;
    chosen.reserve(names.size());
    for (const std::string& name : names)
        chosen.push_back(std::move(classes[name]));
    return chosen;
}

// Of more classes than the task's, those that the split rule takes, which is told.
std::vector<std::string> chosen_names(const Classes& train, const Classes& test,
                                      const ReadRequest& request, ImageLists& lists) {
    std::map<std::string, std::size_t> counts;  // of both parts
    for (const Classes* classes : {&train, &test})
        for (const auto& [name, paths] : *classes)
            counts[name] += paths.size();
    std::vector<std::string> all, names, others;
    std::vector<std::size_t> images;
    for (const auto& [name, count] : counts) {
        all.push_back(name);
        images.push_back(count);
    }
    const std::vector<std::size_t> chosen = chosen_classes(images, request.classes, request.split);
    for (std::size_t c = 0; c < all.size(); ++c)
        (std::ranges::binary_search(chosen, c) ? names : others).push_back(all[c]);
    if (!others.empty())
        lists.notices.push_back(fmt::format(
            "{} folders for the task's {} classes{}: taken at random, the same ones every time: "
            "{}; left out: {}; classes = {} takes all",
            all.size(), request.classes,
            request.split.least_per_class == 0
                ? ""
                : fmt::format(", of those with {} pictures or more", request.split.least_per_class),
            some_of(names), some_of(others), all.size()));
    return names;
}

// Folders that nobody means as classes, and a tree whose classes lie one folder deeper.
std::string doubt_about(const Classes& classes, int wanted) {
    constexpr std::string_view parts[] = {"train", "training", "test",       "testing",
                                          "val",   "valid",    "validation", "dev"};
    const auto is_part = [&](const auto& each) {
        return std::ranges::find(parts, each.first) != std::end(parts);
    };
    if (classes.size() > 1 && std::ranges::all_of(classes, is_part))
        return "the folders are parts of a set, not classes: name them by the roles train_images "
               "and test_images";
    if (classes.size() != 1 || wanted == 1) return {};
    const auto& [name, paths] = *classes.begin();
    std::set<std::string> deeper;
    for (const std::string& path : paths)
        deeper.insert(fs::path(path).parent_path().string());
    return deeper.size() < 2 ? ""
                             : fmt::format(
                                   "pictures lie in {} folders below {}: is 'images' one "
                                   "folder too high?",
                                   deeper.size(), name);
}

ImageLists find_images(const ReadRequest& request) {
    const bool by_lists = has_role(request, "train_list") || has_role(request, "test_list");
    const bool two_trees = has_role(request, "train_images") || has_role(request, "test_images");
    ImageLists lists;
    Classes train, test;
    std::vector<std::string> empty;
    std::string doubt;
    if (by_lists) {
        read_lists(request, train, test, lists);
    } else if (two_trees) {
        train = classes_of(path_of(request, "train_images"), lists, empty);
        test = classes_of(path_of(request, "test_images"), lists, empty);
    } else if (has_role(request, "class_list")) {
        train = classes_of_lines(request, lists);
    } else {
        train = classes_of(path_of(request, "images"), lists, empty);
        doubt = doubt_about(train, request.classes);
    }
    lists.class_names = chosen_names(train, test, request, lists);
    if (by_lists || two_trees) {
        lists.train = listed(in_order(train, lists.class_names));
        lists.test = listed(in_order(test, lists.class_names));
    } else {
        split_lists(in_order(train, lists.class_names), request.split, lists);
    }
    find_lacking(lists, request.classes);
    if (!doubt.empty()) lists.lacking += (lists.lacking.empty() ? "" : "; ") + doubt;
    if (lists.lacking.empty()) return lists;
    if (!empty.empty())
        lists.lacking += fmt::format("; folders without pictures: {}", some_of(empty));
    if (!lists.passed_over.empty()) lists.lacking += "; passed over: " + text_of(lists.passed_over);
    return lists;
}

}  // namespace

ImageCounts look_image_folder(const ReadRequest& request) {
    return counts_of(find_images(request));
}

TaskData read_image_folder(const ReadRequest& request) {
    return load_images(find_images(request), request);
}

}  // namespace crossbar
