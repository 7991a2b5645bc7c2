// Collects the files that a call names, and compares them by device and inode, or by where they
// will be.
#include "commands/call_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/replace_file.hpp"
#include "base/split.hpp"
#include "commands/command.hpp"
#include "pictures/paper.hpp"
#include "run/data_places.hpp"
#include "run/place.hpp"
#include "study/study.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

enum class Use { read, written };

// An option whose value is a file; what its name may end in, where the format follows from it.
struct FileOption {
    const char* name;
    Use use;
    const char* suffix;
};
constexpr const char* figure_suffixes = ".svg .pdf .png";
// clang-format off
constexpr FileOption file_options[] = {{"resume", Use::read, ""},
                                       {"checkpoint", Use::read, ""},
                                       {"stores", Use::read, ""},
                                       {"curve", Use::read, ""},
                                       {"measured", Use::read, ""},
                                       {"target", Use::read, ""},
                                       {"sweep", Use::read, ""},
                                       {"layer", Use::read, ""},
                                       {"evaluate", Use::read, ""},
                                       {"weights", Use::read, ""},
                                       {"weights-map", Use::read, ""},
                                       {"onnx", Use::written, ".onnx"},
                                       {"images", Use::written, ".npz"},
                                       {"predictions", Use::written, ".csv"},
                                       {"progress", Use::written, ".progress"},
                                       {"save", Use::written, ""},
                                       {"json", Use::written, ""},
                                       {"csv", Use::written, ""},
                                       {"epoch-csv", Use::written, ".csv"},
                                       {"tensorboard", Use::written, ""},
                                       {"export", Use::written, ".npz"},
                                       {"trace", Use::written, ".csv"},
                                       {"dump-state", Use::written, ".npz"},
                                       {"map", Use::written, figure_suffixes},
                                       {"augmented", Use::written, ".png"},
                                       {"out", Use::written, ""},
                                       {"draw", Use::written, ""},
                                       {"store", Use::written, ""}};
// clang-format on

struct CallFile {
    std::string option, path;
    Use use;
    std::string identity = {};  // the same for one file of several names; empty for none
};

std::string device_and_inode(const struct stat& status) {
    return fmt::format("{}:{}", status.st_dev, status.st_ino);
}

// A file that is not there yet is where it will be. Pipes and devices keep nothing.
std::string identity_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0)
        return S_ISREG(status.st_mode) ? device_and_inode(status) : "";
    std::error_code error;
    return fs::weakly_canonical(fs::absolute(destination_of(path), error), error).string();
}

bool makes_many(const CommandLine& line) {
    return line.command && option_of(*line.command, "store");
}
bool tunes(const CommandLine& line) {
    return line.command == find_command("tune");
}

// Many runs take a list of tasks.
std::vector<std::string> tasks_of(const CommandLine& line) {
    const std::string value = line.has("task") ? line.value("task") : RunSettings().task;
    return makes_many(line) ? split(value, ",") : std::vector{value};
}

// The paths in the value of an option.
std::vector<std::string> paths_of(const std::string& option, const std::string& value) {
    std::vector<std::string> paths;
    std::error_code error;  // a folder that cannot be read is told when it is
    if (option == "trace" || option == "map") {
        for (const std::string& line : option == "map" ? split(value, "\n") : std::vector{value})
            if (const auto place = parse_place(line)) paths.push_back(place->file);
    } else if (option == "sweep" || option == "layer") {
        for (const std::string& word : split(value, "\n=,;"))
            if (word.ends_with(".toml")) paths.push_back(word);
    } else if (option == "task" || option == "target") {
        if (value.ends_with(".toml")) paths.push_back(value);
    } else if (option == "stores" && fs::is_directory(value, error)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(value, error))
            paths.push_back(entry.path().string());
    } else if (!value.empty() && !(option == "json" && value == "-")) {
        paths.push_back(value);
    }
    return paths;
}

void check_suffix(const FileOption& option, const std::string& path) {
    const std::string_view suffix = option.suffix;
    if (suffix == figure_suffixes) {
        paper_format_of(fmt::format("--{}", option.name), path);
        return;
    }
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (path.size() > suffix.size() && std::equal(suffix.rbegin(), suffix.rend(), path.rbegin(),
                                                  [&](char a, char b) { return a == lower(b); }))
        return;
    fail("--{} {}: expected a name that ends in {}, the format that it is written in", option.name,
         path, suffix);
}

// A standard stream that goes into a file is one of the files that are written.
void add_streams(std::vector<CallFile>& files) {
    struct stat status {};
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        if (::fstat(stream, &status) != 0 || !S_ISREG(status.st_mode)) continue;
        const std::string identity = device_and_inode(status);
        if (files.empty() || files.back().identity != identity)  // both into one file are fine
            files.push_back({"", stream == STDOUT_FILENO ? "standard output" : "standard error",
                             Use::written, identity});
    }
}

std::vector<CallFile> named_files(const CommandLine& line) {
    std::vector<CallFile> files;
    add_streams(files);
    for (const FileOption& option : file_options) {
        if (option.use == Use::written && line.has(option.name) && line.value(option.name).empty())
            fail("--{} '': expected the name of a file", option.name);
        for (const auto& [name, value] : line.values) {
            if (name != option.name) continue;
            for (const std::string& path : paths_of(name, value)) {
                if (*option.suffix != '\0') check_suffix(option, path);
                files.push_back({name, path, option.use, identity_of(path)});
            }
        }
    }
    if (makes_many(line) && !line.has("store")) {
        const std::string path = tunes(line) ? "tuning.jsonl" : StudyOptions().store;
        files.push_back({"store", path, Use::written, identity_of(path)});
    }
    for (const std::string& task : tasks_of(line)) {
        if (!task.ends_with(".toml")) continue;
        files.push_back({"task", task, Use::read, identity_of(task)});
        const std::string beside = tuned_path(task);
        const bool tuned = tunes(line);
        files.push_back({tuned ? "tune" : "task", beside, tuned ? Use::written : Use::read,
                         identity_of(beside)});
    }
    return files;
}

std::string named(const CallFile& file) {
    return file.option.empty() ? file.path : fmt::format("--{} {}", file.option, file.path);
}

void check_pair(const CallFile& output, const CallFile& other) {
    if (&output == &other || output.identity.empty() || output.identity != other.identity) return;
    const bool resumed = other.option == "resume" && output.option == "save";
    if (resumed) return;
    if (other.use == Use::read)
        fail("{}: this is the file that {} reads; write to another one", named(output),
             named(other));
    fail("{} and {} are one file; each needs a file of its own", named(other), named(output));
}

void check_files(const std::vector<CallFile>& files) {
    for (const CallFile& output : files)
        if (output.use == Use::written)
            for (const CallFile& other : files)
                check_pair(output, other);
}

// Of a folder of images all is input but what this program writes itself.
bool is_own(const fs::path& path) {
    constexpr std::array<const char*, 10> own = {".json", ".jsonl", ".csv",  ".npz",  ".ckpt",
                                                 ".svg",  ".pdf",   ".html", ".toml", ".md"};
    return std::find(own.begin(), own.end(), path.extension().string()) != own.end();
}

bool lies_below(const fs::path& path, const fs::path& folder) {
    const auto [end, ignored] =
        std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

// The files that hold the task's images are not looked at unless an output is there already.
void check_images(const std::vector<CallFile>& files, const Task& task,
                  const RunSettings& options) {
    std::vector<const CallFile*> outputs;
    std::error_code error;
    for (const CallFile& file : files)
        if (file.use == Use::written && !file.option.empty() && fs::exists(file.path, error))
            outputs.push_back(&file);
    if (outputs.empty()) return;
    for (const std::string& source : data_files(task, options, data_places())) {
        const fs::path folder = fs::is_directory(source) ? fs::canonical(source, error) : "";
        for (const CallFile* output : outputs) {
            const fs::path path = fs::canonical(output->path, error);
            if (folder.empty() ? identity_of(source) == output->identity
                               : lies_below(path, folder) && !is_own(path))
                fail("{}: this is a file of the images in {}; write to another one", named(*output),
                     source);
        }
    }
}

}  // namespace

void check_call_files(const CommandLine& line) {
    const std::vector<CallFile> files = named_files(line);
    check_files(files);
    if (line.has("resume") || !line.command || !line.command->settings) return;
    RunSettings options;
    if (line.has("data")) options.data = line.value("data");
    for (const std::string& task : tasks_of(line))
        check_images(files, load_task(task), options);
}

void check_call_files(const CommandLine& line, const RunSettings& options) {
    std::vector<CallFile> files = named_files(line);
    for (const auto& [name, value] : {std::pair{"task", options.task}, {"target", options.target}})
        for (const std::string& path : paths_of(name, value))
            files.push_back({name, path, Use::read, identity_of(path)});
    check_files(files);
    check_images(files, load_task(options.task), options);
}

}  // namespace crossbar::sim
