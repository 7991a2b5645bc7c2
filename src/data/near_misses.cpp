// What lies where a task's files are looked for and is not one of them: archives, other versions of
// a set, names with slips. Told before a stand-in trains in their place.
#include <algorithm>
#include <filesystem>
#include <set>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "data/task.hpp"
#include "data/task_files.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

// The task's files that a folder lacks, and the paths of those it has.
struct Search {
    std::vector<TaskFile> missing;
    std::set<std::string> found;
};

Search search(const Task& task, const std::string& folder) {
    Search result;
    for (const TaskFile& file : task.files)
        if (const auto source = locate(file, folder))
            result.found.insert(fs::path(source->path).lexically_normal().string());
        else if (!file.optional)
            result.missing.push_back(file);
    return result;
}

// The name without the suffix of an archive; empty where it has none.
std::string stem_of_archive(const std::string& name) {
    constexpr const char* suffixes[] = {".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
                                        ".tar",    ".tgz",    ".txz",     ".tbz2",
                                        ".zip",    ".7z",     ".rar"};
    for (const char* suffix : suffixes)
        if (folded(name).ends_with(folded(suffix)))
            return name.substr(0, name.size() - std::string_view(suffix).size());
    return {};
}

// "101_ObjectCategories" of "101_ObjectCategories/", "images" of "jpg/images.bin.gz".
std::string last_part(const std::string& name) {
    return fs::path(without_packing(name.ends_with('/') ? name.substr(0, name.size() - 1) : name))
        .filename()
        .string();
}

// In a folder of the task's own any archive may hold its files; elsewhere those of a like name.
bool may_hold(const std::string& stem, const Task& task, const Search& s, bool own_folder) {
    const auto like = [&](const std::string& name) {
        const std::string part = folded(last_part(name));
        return folded(stem) == part || folded(stem) == folded(stem_of_archive(part));
    };
    return own_folder || like(task.name) ||
           std::any_of(task.folders.begin(), task.folders.end(), like) ||
           std::any_of(s.missing.begin(), s.missing.end(), [&](const TaskFile& file) {
               return like(file.name) || like(file.name.substr(0, file.name.find('/'))) ||
                      like(file.archive);
           });
}

std::string words_for_archive(const std::string& path) {
    const std::string folder = fs::path(path).parent_path().string();
    const std::string ending = folded(path);
    if (ending.ends_with("-zip")) return fmt::format("unpack it: unzip {} -d {}", path, folder);
    if (ending.ends_with("-7z") || ending.ends_with("-rar")) return "unpack it there";
    return fmt::format("unpack it: tar -xf {} -C {}", path, folder);
}

// CIFAR comes in three versions, of which one is read.
std::string words_for_version(const Task& task, const std::string& name) {
    const auto has = [&](const char* part) { return folded(name).find(part) != name.npos; };
    if (task.reader != "cifar" || !has("cifar")) return {};
    const bool python = has("python") || has("batches-py"), matlab = has("matlab") || has("-mat");
    if (!python && !matlab) return {};
    return fmt::format("this is the {} version; the binary version is wanted{}",
                       python ? "Python" : "MATLAB",
                       task.archives.empty() ? std::string() : ", " + task.archives[0].name);
}

struct Form {
    const char* suffix;
    const char* what;
};
constexpr Form forms[] = {
    {".csv", "a table"},        {".arff", "a table"},           {".npz", "NumPy arrays"},
    {".npy", "a NumPy array"},  {".pkl", "a Python pickle"},    {".pkl.gz", "a Python pickle"},
    {".pt", "PyTorch tensors"}, {".pickle", "a Python pickle"}, {".parquet", "a Parquet file"},
    {".h5", "an HDF5 file"},    {".hdf5", "an HDF5 file"},      {".tfrecord", "TensorFlow records"},
};

// Other forms in which sets are passed on: told in a folder of the task's own, and where they bear
// its name.
std::string words_for_form(const Task& task, const Search& s, const std::string& name, bool own) {
    if (s.missing.empty() || (!own && folded(name).find(folded(task.name)) == name.npos)) return {};
    for (const Form& form : forms)
        if (folded(name).ends_with(folded(form.suffix)))
            return fmt::format("this is {}, which is not read; wanted: {}", form.what,
                               s.missing[0].name);
    return {};
}

// A wanted file of nearly that name; or empty.
std::string words_for_name(const Search& s, const std::string& name, bool is_folder) {
    std::vector<std::string> wanted;
    for (const TaskFile& file : s.missing) {
        const std::string part = last_part(file.name);
        const bool want_folder = file.name.ends_with('/');
        if (want_folder == is_folder) wanted.push_back(part);
        if (want_folder != is_folder && folded(part) == folded(without_packing(name)))
            return fmt::format("this is a {}, expected a {}", is_folder ? "folder" : "file",
                               is_folder ? "file" : "folder");
    }
    const std::string near = nearest(without_packing(name), wanted);
    return near.empty() ? near : fmt::format("is this {}?", near);
}

std::string words_for_folder(const Task& task, const std::string& path) {
    for (const TaskFile& file : task.files)
        if (const auto source = locate(file, path))
            return fmt::format("it contains {}: use --data {}",
                               fs::path(source->path).lexically_relative(path).string(), path);
    return {};
}

// What there is to say about one entry of a folder, or nothing.
std::string words_for(const Task& task, const Search& s, const fs::path& path, bool own_folder) {
    const std::string name = path.filename().string();
    std::error_code ignored;
    const bool is_folder = fs::is_directory(path, ignored);
    std::string words = words_for_version(task, name);
    if (!words.empty()) return words;
    if (is_folder) words = words_for_folder(task, path.string());
    if (!words.empty()) return words;
    if (const std::string stem = stem_of_archive(name);
        !is_folder && !stem.empty() && may_hold(stem, task, s, own_folder))
        return words_for_archive(path.string());
    if (!is_folder) words = words_for_form(task, s, name, own_folder);
    if (!words.empty()) return words;
    return words_for_name(s, name, is_folder);
}

bool is_own(const Task& task, const fs::path& folder) {
    const std::string name = folded(folder.filename().string());
    return std::any_of(task.folders.begin(), task.folders.end(),
                       [&](const std::string& own) { return name.starts_with(folded(own)); });
}

// The folder that was asked for, where all that is searched is that and what is below; or empty.
fs::path only_root(const std::vector<std::string>& folders) {
    const fs::path last = fs::path(folders.back()).lexically_normal();
    const fs::path first = fs::path(folders.front()).lexically_normal();
    return first == last || first.parent_path() == last ? last : fs::path();
}

// "   (holds a, b and 3 more)"
std::string words_for_contents(const std::string& folder) {
    constexpr std::size_t most_names = 4;
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) return "   (not there)";
    std::vector<std::string> names = names_in(folder);
    if (names.empty()) return "   (empty)";
    const std::size_t more = names.size() - std::min(names.size(), most_names);
    names.resize(names.size() - more);
    return fmt::format("   (holds {}{})", fmt::join(names, ", "),
                       more == 0 ? std::string() : fmt::format(" and {} more", more));
}

}  // namespace

std::string looked_in(const Task& task, const std::vector<std::string>& folders) {
    std::string text = "looked in:";
    for (const std::string& folder : folders)
        text += "\n    " + folder + words_for_contents(folder);
    const std::vector<std::string> misses = near_misses(task, folders);
    if (!misses.empty())
        text += fmt::format("\n  found there:\n    {}", fmt::join(misses, "\n    "));
    return text;
}

std::vector<std::string> near_misses(const Task& task, const std::vector<std::string>& folders) {
    constexpr std::size_t most_lines = 8;
    std::vector<std::string> lines;
    std::set<std::string> seen;
    for (const std::string& wanted : folders) {
        const std::string found = existing_folder(wanted);
        const std::string folder = fs::path(found).lexically_normal().string();
        if (found.empty() || !seen.insert(folder).second) continue;
        const Search s = search(task, folder);
        if (s.missing.empty()) continue;
        const bool own_folder = is_own(task, folder) || folder == only_root(folders);
        for (const std::string& name : names_in(folder)) {
            const fs::path path = (fs::path(folder) / name).lexically_normal();
            if (s.found.contains(path.string()) || seen.contains(path.string())) continue;
            const std::string words = words_for(task, s, path, own_folder);
            if (!words.empty()) lines.push_back(fmt::format("{}: {}", path.string(), words));
        }
    }
    if (lines.size() > most_lines) {
        const std::size_t more = lines.size() - most_lines;
        lines.resize(most_lines);
        lines.push_back(fmt::format("and {} more", more));
    }
    return lines;
}

std::string how_to_get(const Task& task) {
    const std::string command = fetch_command(task);
    if (!command.empty()) return "get the files with: " + command;
    const std::string words = task.by_hand.empty() ? std::string() : task.by_hand + "; ";
    if (task.path.empty())
        return fmt::format("get the files by hand: {}home page: {}", words, task.home);
    return fmt::format("{}check the names under [[file]] in {} and put the files there", words,
                       task.path);
}

}  // namespace crossbar
