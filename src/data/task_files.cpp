// Compares names without case and separators, below folders of the task's own name too.
#include "data/task_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/check.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr const char* packings[] = {".gz", ".xz", ".bz2", ".zst"};

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

// Whether `path` is there: a folder where that is wanted, else a file.
bool is_there(const fs::path& path, bool folder) {
    std::error_code ignored;
    return folder ? is_folder(path) : fs::is_regular_file(path, ignored);
}

// The folder's own name, without the "-small" of reduced images.
std::string own_name(const fs::path& folder) {
    std::string name = folded(fs::absolute(folder).lexically_normal().filename().string());
    if (name.ends_with(reduced_suffix)) name.resize(name.size() - reduced_suffix.size());
    return name;
}

// The entry of a folder whose name is nearly the wanted one, the first of several; empty: none.
fs::path entry_like(const fs::path& folder, const std::string& wanted, bool want_folder) {
    const auto plain = [&](const std::string& name) {
        return folded(want_folder ? name : without_packing(name));
    };
    for (const std::string& name : names_in(folder.string()))
        if (plain(name) == plain(wanted) && is_there(folder / name, want_folder))
            return folder / name;
    return {};
}

// A folder that holds nothing but one of its own name, as unpacking leaves it, stands for that.
fs::path innermost(const fs::path& folder) {
    const std::vector<std::string> names = names_in(folder.string());
    if (names.size() != 1 || folded(names[0]) != folded(folder.filename().string()) ||
        !is_folder(folder / names[0]))
        return folder;
    return folder / names[0];
}

// What is nearly NAME or FOLDER/NAME; also where a file lies in a folder of its own name.
fs::path path_like(fs::path folder, const std::string& name, bool want_folder) {
    const fs::path wanted = fs::path(name).lexically_normal();
    for (const fs::path& part : wanted.parent_path()) {
        folder = entry_like(folder, part.string(), true);
        if (folder.empty()) return {};
    }
    const std::string last = wanted.filename().string();
    const fs::path path = entry_like(folder, last, want_folder);
    if (want_folder) return path.empty() ? path : innermost(path);
    if (!path.empty()) return path;
    for (const std::string& own : {last, without_packing(last)})
        if (const fs::path inside = entry_like(folder, own, true); !inside.empty())
            return entry_like(inside, last, false);
    return {};
}

// Folders into which others sort a set: torchvision's raw/, Kaggle's train/, test/ and data/.
constexpr std::array<const char*, 4> usual_folders = {"raw", "train", "test", "data"};

// The path of a file below a folder: as it is named, packed or unpacked; then what is nearly that,
// there or one folder further down. Empty when it is not there.
std::string path_in(const fs::path& folder, std::string name) {
    const bool want_folder = name.ends_with('/');
    if (want_folder) name.pop_back();
    std::vector<std::string> names = {name};
    if (!want_folder) {
        const std::string plain = without_packing(name);
        names.push_back(plain);
        for (const char* packing : packings)
            names.push_back(plain + packing);
        if (plain.ends_with(".tar")) names.push_back(plain.substr(0, plain.size() - 3) + "zip");
    }
    for (const std::string& candidate : names)
        if (const fs::path path = folder / candidate; is_there(path, want_folder))
            return (want_folder ? innermost(path) : path).string() + (want_folder ? "/" : "");
    fs::path path = path_like(folder, name, want_folder);
    for (const char* further : usual_folders)
        if (const fs::path inner = entry_like(folder, further, true);
            path.empty() && !inner.empty())
            path = path_like(inner, name, want_folder);
    return path.string();
}

}  // namespace

std::string folded(std::string name) {
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '_' || c == '.' || c == ' ') c = '-';
    }
    return name;
}

std::string without_packing(const std::string& name) {
    const auto ends = [&](const std::string& suffix) {
        return folded(name).ends_with(folded(suffix));
    };
    for (const std::string packing : packings)
        if (ends(packing)) return name.substr(0, name.size() - packing.size());
    for (const std::string packed : {".tgz", ".txz", ".tbz2", ".tzst"})
        if (ends(packed)) return name.substr(0, name.size() - packed.size()) + ".tar";
    return name;
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (std::string name = at->path().filename().string(); !name.starts_with('.'))
            names.push_back(std::move(name));
    std::sort(names.begin(), names.end());
    return names;
}

bool is_reduced(const std::string& folder) {
    const fs::path path = fs::absolute(folder).lexically_normal();
    return folded(path.filename().string()).ends_with(reduced_suffix) ||
           folded(path.parent_path().filename().string()).ends_with(reduced_suffix);
}

std::string existing_folder(const std::string& folder) {
    if (is_folder(folder)) return folder;
    const fs::path path(folder);
    const fs::path above = path.has_parent_path() ? path.parent_path() : fs::path(".");
    return entry_like(above, path.filename().string(), true).string();
}

std::string fetch_command(const Task& task) {
    const auto comes_by_hand = [&](const TaskFile& file) {
        for (const Download& archive : task.archives)
            if (archive.name == file.archive) return archive.urls.empty();
        return file.download.urls.empty() && !file.optional;
    };
    if (std::any_of(task.files.begin(), task.files.end(), comes_by_hand)) return {};
    if (!task.path.empty()) return "datasets/fetch.sh " + task.path;
    return fmt::format("datasets/fetch.sh {}   (or: make data TASK={})", task.name, task.name);
}

std::optional<SourceFile> locate(const TaskFile& file, const std::string& folder) {
    if (std::string path = path_in(folder, file.name); !path.empty())
        return SourceFile{file.role, std::move(path), {}};
    if (!file.archive.empty() && !file.name.ends_with('/'))
        if (std::string path = path_in(folder, file.archive); !path.empty())
            return SourceFile{file.role, std::move(path), file.name};
    const std::size_t slash = file.name.find('/');
    if (slash == file.name.npos || folded(file.name.substr(0, slash)) != own_name(folder))
        return {};
    const std::string rest = file.name.substr(slash + 1);
    std::string path = rest.empty() ? folder : path_in(folder, rest);
    if (path.empty() || !is_there(path, file.name.ends_with('/'))) return {};
    return SourceFile{file.role, std::move(path), {}};
}

}  // namespace crossbar
