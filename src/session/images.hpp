// The images that a run trains and reports on, from the settings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crossbar/session.hpp"
#include "data/task.hpp"
#include "session/settings.hpp"

namespace crossbar {

// Real files where there are any, else (with a notice) the stand-in; then --holdout and the counts.
// Throws Error where real files were asked for and there are none.
// The threads decode and render.
TaskData images_for(const Task& task, const RunSettings& settings, const DataPlaces& places,
                    Threads& threads, std::vector<std::string>& notices);

// What images_for would give, without decoding it.
struct DataIdentity {
    std::string kind;  // "real", "subset" or "reduced" (of real ones: FoundData in task.hpp),
                       //   "synthetic"
    std::size_t train = 0, test = 0;  // images, before --holdout and the counts
    std::uint64_t fingerprint = 0;    // of the files, or of how stand-ins are drawn
};

// Throws as images_for does.
DataIdentity data_identity(const Task& task, const RunSettings& settings, const DataPlaces& places);

// The files and folders that hold the real images; none for a stand-in, nor where they are damaged,
// which is told when they are read.
std::vector<std::string> data_files(const Task& task, const RunSettings& settings,
                                    const DataPlaces& places);

// "28x28x1, 10 classes, 60000 + 10000 images".
std::string images_text(const Task& task);

// One line on the task's real files: where they are and how many images they hold, or what is
// lacking.
std::string files_text(const Task& task, const DataPlaces& places);

}  // namespace crossbar
