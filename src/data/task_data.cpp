// From a Task to its images: where the files lie, the reader that knows them, or the stand-in.
#include <filesystem>

#include "base/check.hpp"
#include "base/format.hpp"
#include "base/parallel.hpp"
#include "data/readers.hpp"
#include "data/task.hpp"
#include "data/task_files.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

ReadRequest request_for(const Task& task, const std::vector<SourceFile>& files, Threads* threads,
                        const std::string& cache) {
    return {files,   task.shape, task.classes,      task.split,
            threads, cache,      task.label_offset, task.transposed};
}

// What the folder holds of the task; none when it holds none of its files. A task that is built in
// is found in any.
std::optional<FoundData> look_into(const Task& task, const std::string& wanted) {
    const Reader& reader = *find_reader(task.reader);
    if (reader.roles.empty())
        return FoundData{"built in", {}, reader.look(request_for(task, {}, nullptr, {})), "full"};
    const std::string folder = existing_folder(wanted);
    if (folder.empty()) return {};
    FoundData found{folder, {}, {}, {}};
    std::vector<std::string> missing;
    for (const TaskFile& file : task.files) {
        if (auto source = locate(file, folder))
            found.files.push_back(std::move(*source));
        else if (!file.optional)
            missing.push_back(file.name);
    }
    if (found.files.empty()) return {};
    if (missing.empty())
        found.counts = reader.look(request_for(task, found.files, nullptr, {}));
    else
        found.counts.lacking = fmt::format("{} {} missing", fmt::join(missing, ", "),
                                           missing.size() == 1 ? "is" : "are");
    const bool full =
        found.counts.train >= task.train_count && found.counts.test >= task.test_count;
    found.label = is_reduced(folder) ? "reduced" : full ? "full" : "subset";
    return found;
}

void check_data(const Task& task, const Dataset& set) {
    ENSURE(set.shape == task.shape);
    ENSURE_EQUAL(set.pixels.size(), set.count() * task.shape.size());
    for (const std::uint16_t label : set.labels)
        ENSURE(label < task.classes);
}

// Other sets come under the same names: Fashion-MNIST's are MNIST's.
void check_known(const Task& task, TaskData& data) {
    if (data.label != "full" || task.images == 0) return;
    const std::uint64_t seen = fingerprint_of(data.test, fingerprint_of(data.train));
    if (seen == task.images) return;
    data.label = "other";
    data.notices.push_back(
        fmt::format("THESE ARE NOT THE IMAGES OF {}, although there are as many: their fingerprint "
                    "is {:016x}, expected "
                    "{:016x}; results are marked by the data label \"other\", and are not compared "
                    "with published ones",
                    task.title, seen, task.images));
}

}  // namespace

std::vector<std::string> data_folders(const Task& task, const DataRequest& request,
                                      const std::string& environment_data,
                                      const std::string& cache) {
    if (request.choice == DataChoice::synthetic) return {};
    std::vector<std::string> roots = {environment_data, "datasets/data", cache};
    if (request.choice == DataChoice::folder) roots = {request.folder};
    std::vector<std::string> folders;
    for (const std::string& root : roots) {
        if (root.empty()) continue;
        for (const std::string& folder : task.folders) {
            folders.push_back((fs::path(root) / folder).string());
            folders.push_back(folders.back() + std::string(reduced_suffix));
        }
        folders.push_back(root);
    }
    return folders;
}

std::optional<FoundData> find_data(const Task& task, const std::vector<std::string>& folders) {
    std::optional<FoundData> first;
    for (const std::string& folder : folders) {
        std::optional<FoundData> found = look_into(task, folder);
        if (found && found->counts.lacking.empty()) return found;
        if (!first) first = std::move(found);
    }
    return first;
}

TaskData read_data(const Task& task, const FoundData& found, Threads* threads,
                   const std::string& cache, bool skip_bad) {
    if (!found.counts.lacking.empty())
        fail("{}: task {} cannot train on these files: {}; {}", found.folder, task.name,
             found.counts.lacking, how_to_get(task));
    try {
        ReadRequest request = request_for(task, found.files, threads, cache);
        request.skip_bad = skip_bad;
        const Reader& reader = *find_reader(task.reader);
        TaskData data = reader.read(request);
        if (skip_bad && !reader.has_pictures)
            data.notices.push_back(fmt::format(
                "--skip-bad has nothing to pass over: the reader '{}' takes whole files, and a "
                "damaged one ends the run",
                reader.name));
        check_data(task, data.train);
        check_data(task, data.test);
        if (data.class_names.empty()) data.class_names = task.class_names;
        data.kind = "real";
        data.label = found.label;
        // Without the damaged ones there may be too few.
        if (data.label == "full" &&
            (data.train.count() < task.train_count || data.test.count() < task.test_count))
            data.label = "subset";
        check_known(task, data);
        data.source = found.folder;
        return data;
    } catch (const Error& error) {
        const std::string command = fetch_command(task);
        fail("{}{}", error.what(), command.empty() ? command : "; get good files with: " + command);
    }
}

TaskData synthetic_data(const Task& task, std::size_t train_count, std::size_t test_count,
                        Threads* threads) {
    constexpr std::size_t images_a_piece = 256;
    TaskData data;
    for (const bool test : {false, true}) {
        Dataset& set = test ? data.test : data.train;
        const std::size_t full = test ? task.test_count : task.train_count;
        const std::size_t wanted = test ? test_count : train_count;
        const std::size_t count = wanted == 0 ? full : wanted;
        set.shape = task.shape;
        set.classes = task.classes;
        set.pixels.resize(count * task.shape.size());
        set.labels.resize(count);
        const auto render = [&](std::size_t first, std::size_t last, int) {
            const std::size_t size = task.shape.size(), n = last - first;
            render_synthetic({task.shape, task.classes, test}, first,
                             std::span(set.pixels).subspan(first * size, n * size),
                             std::span(set.labels).subspan(first, n));
        };
        if (threads)
            threads->share(count, images_a_piece, render);
        else
            render(0, count, 0);
    }
    data.class_names = task.class_names;
    data.kind = "synthetic";
    data.label = "stand-in";
    data.source = fmt::format("rendered stand-in of {}", task.name);
    return data;
}

}  // namespace crossbar
