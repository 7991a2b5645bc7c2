// Finds the pictures of a list below a folder, and counts those that are not there.
#include "data/formats/listed_pictures.hpp"

#include <algorithm>
#include <filesystem>

#include "base/check.hpp"
#include "data/formats/name_list.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

std::string in_lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// What there is below the folder, looked through when a name is not there as it is written.
class Finder {
  public:
    explicit Finder(const std::string& folder) : folder_(folder) {}

    // The name below the folder as the file system has it; empty where it is not there, or more
    // than one is meant.
    std::string find(const std::string& name) {
        std::error_code ignored;
        if (fs::is_regular_file(fs::path(folder_) / name, ignored)) return name;
        look();
        const auto at = names_.find(in_lower_case(name));
        return at == names_.end() ? "" : at->second;
    }
    std::string find_class(const std::string& name) {
        std::error_code ignored;
        if (fs::is_directory(fs::path(folder_) / name, ignored)) return name;
        look();
        const auto at = classes_.find(in_lower_case(name));
        return at == classes_.end() || at->second.empty() ? name : at->second;
    }

  private:
    static void add(std::map<std::string, std::string>& names, const std::string& name) {
        const auto [at, added] = names.emplace(in_lower_case(name), name);
        if (!added && at->second != name) at->second.clear();
    }
    void look() {
        if (looked_) return;
        looked_ = true;
        for (const auto& [name, found] : tree_below(folder_).classes) {
            add(classes_, name);
            for (const std::string& path : found.paths)
                add(names_, fs::path(path).lexically_relative(folder_).string());
        }
    }

    std::string folder_;
    bool looked_ = false;
    std::map<std::string, std::string> names_, classes_;  // in lower case: as they are
};

// Refused: a list that would lead out of the set's folder.
std::string class_of(const ListedName& listed, const std::string& list) {
    const std::string& name = listed.name;
    const std::size_t slash = name.find('/');
    if (slash == 0 || slash == name.npos || slash + 1 == name.size() ||
        ("/" + name + "/").find("/../") != name.npos || name.find('\0') != name.npos)
        fail("{}:{}: '{}', expected CLASS/NAME", list, listed.line, name);
    return name.substr(0, slash);
}

// The labels of lists have to be the folders by other names.
struct Labels {
    struct Seen {
        std::string other, where;
    };
    std::map<std::string, Seen> of_class, of_label;

    void add(const std::string& name, const ListedName& listed, const std::string& list) {
        if (listed.label.empty()) return;
        const std::string where = fmt::format("{}:{}", list, listed.line);
        const Seen& label = of_class.try_emplace(name, Seen{listed.label, where}).first->second;
        const Seen& other = of_label.try_emplace(listed.label, Seen{name, where}).first->second;
        if (label.other != listed.label)
            fail("{}: folder {} with label {}, but with label {} in {}; expected one for each",
                 where, name, listed.label, label.other, label.where);
        if (other.other != name)
            fail("{}: label {} for folder {}, but for {} in {}; expected one for each", where,
                 listed.label, name, other.other, other.where);
    }
};

struct Reading {
    const std::string& folder;
    Finder finder;
    Labels labels = {};
    std::map<std::string, std::size_t> times = {};  // that a picture was named
};

Classes classes_of(const std::string& list, Reading& reading, ImageLists& lists) {
    std::vector<ListedName> names = listed_names(list);
    if (names.empty()) fail("{}: the list is empty, expected one CLASS/NAME per line", list);
    strip_folder(reading.folder, names);
    Classes classes;
    for (const ListedName& listed : names) {
        const std::string written = class_of(listed, list);
        const std::string found = reading.finder.find(listed.name);
        const std::string name =
            found.empty() ? reading.finder.find_class(written) : found.substr(0, found.find('/'));
        reading.labels.add(name, listed, list);
        ClassPaths& paths = classes[name];
        if (!found.empty()) {
            ++reading.times[found];
            paths.push_back((fs::path(reading.folder) / found).string());
        } else if (lists.absent++ == 0) {
            lists.first_absent = fmt::format("{}:{}: '{}'", list, listed.line, listed.name);
        }
    }
    for (auto& [name, paths] : classes)
        std::sort(paths.begin(), paths.end());
    return classes;
}

}  // namespace

void read_lists(const ReadRequest& request, Classes& train, Classes& test, ImageLists& lists) {
    const std::string& folder = path_of(request, "images");
    Reading reading{folder, Finder(folder)};
    train = classes_of(path_of(request, "train_list"), reading, lists);
    test = classes_of(path_of(request, "test_list"), reading, lists);
    std::vector<std::string> twice;
    for (const auto& [name, times] : reading.times)
        if (times > 1) twice.push_back(name);
    if (!twice.empty())
        lists.notices.push_back(
            fmt::format("{} of the pictures are named more than once in the "
                        "lists, perhaps for training and for testing: {}",
                        twice.size(), some_of(twice)));
}

}  // namespace crossbar
