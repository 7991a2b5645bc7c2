// Finds and reads a task's files or renders its stand-in, then cuts and holds out as the settings
// say.
#include "session/images.hpp"

#include <array>
#include <filesystem>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/format.hpp"
#include "base/nearest.hpp"
#include "session/data_fingerprint.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

DataRequest request_of(const std::string& text) {
    if (text == "auto") return {DataChoice::automatic, {}};
    if (text == "real") return {DataChoice::real, {}};
    if (text == "synthetic") return {DataChoice::synthetic, {}};
    if (std::error_code ignored; !fs::is_directory(text, ignored)) {
        const std::array<std::string, 3> words = {"auto", "real", "synthetic"};
        fail("--data {}: no such folder{}; expected auto, real, synthetic or a folder",
             text.empty() ? "''" : text, suggestion(text, words));
    }
    return {DataChoice::folder, text};
}

// As many stand-ins as are wanted; all where some of them are to be held out.
TaskData stand_in(const Task& task, const RunSettings& settings, Threads& threads) {
    const auto at_most = [](std::uint64_t wanted, std::size_t all) {
        return std::min<std::size_t>(wanted, all);
    };
    const std::size_t train =
        settings.holdout != 0 ? 0 : at_most(settings.train_images, task.train_count);
    const std::size_t test =
        settings.holdout != 0 ? 1 : at_most(settings.test_images, task.test_count);
    return synthetic_data(task, train, test, &threads);
}

std::vector<std::string> folders_for(const Task& task, const RunSettings& settings,
                                     const DataPlaces& places) {
    return data_folders(task, request_of(settings.data), places.data, places.cache);
}

bool is_usable(const std::optional<FoundData>& found) {
    return found && found->counts.lacking.empty();
}

// What is there of the task's real files; nothing for a stand-in. Throws Error where they have to
// be usable and are not.
std::optional<FoundData> real_files(const Task& task, const RunSettings& settings,
                                    const DataPlaces& places) {
    const DataRequest request = request_of(settings.data);
    const std::vector<std::string> folders = folders_for(task, settings, places);
    std::optional<FoundData> found = find_data(task, folders);
    const bool needed = request.choice == DataChoice::real || request.choice == DataChoice::folder;
    if (!found && needed)
        fail("the files of task {} were not found; {}\n  {}", task.name, looked_in(task, folders),
             how_to_get(task));
    if (needed && !is_usable(found)) {
        std::string near;
        for (const std::string& line : near_misses(task, folders))
            near += "\n    " + line;
        fail("{}: task {} cannot train on these files: {}{}{}\n  {}", found->folder, task.name,
             found->counts.lacking, near.empty() ? "" : "; found there:", near, how_to_get(task));
    }
    return found;
}

TaskData all_images(const Task& task, const RunSettings& settings, const DataPlaces& places,
                    Threads& threads, std::vector<std::string>& notices) {
    const std::optional<FoundData> found = real_files(task, settings, places);
    if (is_usable(found)) {
        TaskData data = read_data(task, *found, &threads, places.cache, settings.skip_bad);
        for (const std::string& notice : data.notices)
            notices.push_back(fmt::format("{}: {}", data.source, notice));
        return data;
    }
    if (request_of(settings.data).choice == DataChoice::automatic)
        notices.push_back(fmt::format(
            "{}: THE IMAGES ARE SYNTHETIC, and so are all results.\n  For real ones {}\n"
            "  {}",
            found ? fmt::format("task {} cannot train on the real files in {}: {}", task.name,
                                found->folder, found->counts.lacking)
                  : fmt::format("the real files of {} were not found", task.name),
            how_to_get(task), looked_in(task, folders_for(task, settings, places))));
    return stand_in(task, settings, threads);
}

// The first image tells another way of drawing; of images too large to draw for this alone, the
// signatures of training do.
std::uint64_t stand_in_fingerprint(const Task& task) {
    constexpr std::size_t largest = std::size_t{1} << 20;
    return task.shape.size() > largest ? 0 : fingerprint_of(synthetic_data(task, 1, 1).train);
}

// The first `most` images; 0 for all.
void keep_first(Dataset& images, std::uint64_t most, const char* option,
                std::vector<std::string>& notices) {
    if (most > images.count())
        notices.push_back(
            fmt::format("--{} {}: there are {}, which are used", option, most, images.count()));
    if (most != 0 && most < images.count()) images = first_images(images, most);
}

}  // namespace

TaskData images_for(const Task& task, const RunSettings& settings, const DataPlaces& places,
                    Threads& threads, std::vector<std::string>& notices) {
    TaskData data = all_images(task, settings, places, threads, notices);
    if (settings.holdout != 0) {
        TaskData parts = hold_out(data.train, settings.holdout);
        data.train = std::move(parts.train);
        data.test = std::move(parts.test);
    }
    keep_first(data.train, settings.train_images, "train-images", notices);
    keep_first(data.test, settings.test_images, "test-images", notices);
    return data;
}

DataIdentity data_identity(const Task& task, const RunSettings& settings,
                           const DataPlaces& places) {
    const std::optional<FoundData> found = real_files(task, settings, places);
    if (!is_usable(found))
        return {"synthetic", task.train_count, task.test_count, stand_in_fingerprint(task)};
    const std::string kind = found->label == "full" ? "real" : found->label;
    const ImageCounts& counts = found->counts;
    if (!found->files.empty())
        return {kind, counts.train, counts.test, fingerprint_of(found->files, places.cache)};
    const TaskData data = read_data(task, *found);  // built in, and small
    return {kind, counts.train, counts.test, fingerprint_of(data.test, fingerprint_of(data.train))};
}

std::vector<std::string> data_files(const Task& task, const RunSettings& settings,
                                    const DataPlaces& places) try {
    std::vector<std::string> paths;
    if (request_of(settings.data).choice == DataChoice::synthetic) return paths;
    if (const auto found = find_data(task, folders_for(task, settings, places)))
        for (const SourceFile& file : found->files)
            paths.push_back(file.path);
    return paths;
} catch (const Error&) {
    return {};
}

std::string images_text(const Task& task) {
    return fmt::format("{}x{}x{}, {} classes, {} + {} images", task.shape.height, task.shape.width,
                       task.shape.channels, task.classes, task.train_count, task.test_count);
}

std::string files_text(const Task& task, const DataPlaces& places) try {
    const std::optional<FoundData> found =
        find_data(task, folders_for(task, RunSettings{}, places));
    if (!found) return fmt::format("not found; {}", how_to_get(task));
    const ImageCounts& counts = found->counts;
    if (!counts.lacking.empty())
        return fmt::format("in {}, but cannot train: {}", found->folder, counts.lacking);
    return fmt::format("{}: {} + {} images in {}", found->label, counts.train, counts.test,
                       found->folder);
} catch (const Error& error) {
    return fmt::format("damaged: {}", error.what());
}

}  // namespace crossbar
