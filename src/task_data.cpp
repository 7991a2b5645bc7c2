// From a Task to its images: where the files lie, the reader that knows them, or the stand-in.
#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "crossbar/check.hpp"
#include "crossbar/parallel.hpp"
#include "crossbar/readers.hpp"
#include "crossbar/task.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

// The file's path in a folder, with or without ".gz"; empty when neither is there.
std::string present(const std::string& folder, const std::string& name) {
    std::error_code ignored;
    const fs::path packed = fs::path(folder) / name;
    if (fs::is_regular_file(packed, ignored)) return packed.string();
    if (packed.extension() != ".gz") return {};
    const fs::path plain = fs::path(packed).replace_extension();
    return fs::is_regular_file(plain, ignored) ? plain.string() : std::string();
}

void check_data(const Task& task, const Dataset& set) {
    CHECK(set.shape == task.shape);
    CHECK_EQUAL(set.pixels.size(), set.count() * task.shape.size());
    for (const std::uint16_t label : set.labels)
        CHECK(label < task.classes);
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
        folders.push_back((fs::path(root) / task.folder).string());
        folders.push_back(root);
    }
    return folders;
}

std::string find_data(const Task& task, const std::vector<std::string>& folders) {
    for (const std::string& folder : folders) {
        const auto here = [&](const TaskFile& file) { return !present(folder, file.name).empty(); };
        if (!task.files.empty() && std::all_of(task.files.begin(), task.files.end(), here))
            return folder;
    }
    return {};
}

TaskData read_data(const Task& task, const std::string& folder) {
    const Reader* reader = find_reader(task.reader);
    if (!reader) fail("task {}: unknown reader '{}'", task.name, task.reader);
    const std::string cure = fmt::format("get good files with: datasets/fetch.sh {}", task.name);
    ReadRequest request{{}, task.shape, task.classes, {}, nullptr};
    for (const TaskFile& file : task.files) {
        const std::string path = present(folder, file.name);
        if (path.empty())
            fail("{}: this file of task {} is missing; {}", (fs::path(folder) / file.name).string(),
                 task.name, cure);
        request.files.push_back({file.role, path, {}});
    }
    try {
        TaskData data = reader->read(request);
        check_data(task, data.train);
        check_data(task, data.test);
        data.kind = "real";
        data.source = folder;
        return data;
    } catch (const Error& error) {
        fail("{}; {}", error.what(), cure);
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
    data.kind = "synthetic";
    data.source = fmt::format("rendered stand-in of {}", task.name);
    return data;
}

}  // namespace crossbar
