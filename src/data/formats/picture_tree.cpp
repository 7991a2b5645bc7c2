// Walks over a folder once, without following cycles of links, and sorts what it finds.
#include "data/formats/picture_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/check.hpp"
#include "data/formats/picture.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr const char* led_back = "linked twice or in a circle";

// Of an operating system or an archiver, not of the set.
bool is_hidden(const std::string& name) {
    return name.starts_with('.') || name == "__MACOSX" || name == "@eaDir";
}

// In the order of their names, so that nothing depends on the file system.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) try {
    std::vector<fs::directory_entry> entries;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        entries.push_back(entry);
    std::sort(entries.begin(), entries.end());
    return entries;
} catch (const fs::filesystem_error& error) {
    fail("{}: cannot look through this folder: {}", folder.string(), error.code().message());
}

std::string reason_of(const fs::directory_entry& entry) {
    std::error_code ignored;
    const std::string name = entry.path().filename().string();
    if (is_hidden(name)) return "hidden";
    if (!entry.exists(ignored)) return "behind broken links";
    if (entry.is_directory(ignored)) return {};
    if (!entry.is_regular_file(ignored)) return "neither file nor folder";
    if (is_picture_name(name)) return {};
    const std::string suffix = suffix_of(name);
    return suffix.empty() ? "without a suffix" : suffix;
}

// Folders that were seen, by their real paths.
struct TreeWalk {
    std::set<fs::path> seen;

    // A folder and all on the way to it: a link to one of them would lead round in a circle.
    void block(const fs::path& folder) {
        std::error_code ignored;
        for (fs::path at = fs::canonical(folder, ignored); seen.insert(at).second;)
            at = at.parent_path();
    }
    void look_through(const fs::path& folder, PictureFolder& found) {
        for (const fs::directory_entry& entry : entries_of(folder)) {
            std::error_code ignored;
            if (const std::string reason = reason_of(entry); !reason.empty())
                ++found.passed_over[reason];
            else if (!entry.is_directory(ignored))
                found.paths.push_back(entry.path().string());
            else if (seen.insert(fs::canonical(entry.path(), ignored)).second)
                look_through(entry.path(), found);
            else
                ++found.passed_over[led_back];
        }
    }
};

PictureFolder pictures_of(const fs::path& folder, TreeWalk& walk) {
    walk.block(folder);
    PictureFolder found;
    walk.look_through(folder, found);
    std::sort(found.paths.begin(), found.paths.end());
    return found;
}

}  // namespace

std::string text_of(const PassedOver& passed_over) {
    std::string text;
    for (const auto& [reason, files] : passed_over)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", files, reason);
    return text;
}

PictureFolder pictures_below(const std::string& folder) {
    TreeWalk walk;
    return pictures_of(folder, walk);
}

PictureTree tree_below(const std::string& folder) {
    PictureTree tree;
    TreeWalk above;
    above.block(folder);
    for (const fs::directory_entry& entry : entries_of(folder)) {
        std::error_code ignored;
        TreeWalk walk = above;
        if (std::string reason = reason_of(entry); !reason.empty())
            ++tree.passed_over[reason];
        else if (!entry.is_directory(ignored))
            ++tree.passed_over["beside the folders of classes"];
        else if (above.seen.contains(fs::canonical(entry.path(), ignored)))
            ++tree.passed_over[led_back];
        else
            tree.classes[entry.path().filename().string()] = pictures_of(entry.path(), walk);
    }
    return tree;
}

}  // namespace crossbar
