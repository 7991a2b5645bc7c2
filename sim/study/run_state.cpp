// Looks for a run in each store, and at the files beside it.
#include "study/run_state.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "study/workshop.hpp"
#include "terminal/machine.hpp"
#include "training/checkpoint.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

std::string time_of(const std::string& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? date_text(status.st_mtime) : "";
}

int epochs_in(const std::string& checkpoint) try {
    return load_checkpoint(checkpoint).progress.epoch;
} catch (const Error&) {
    return 0;  // damaged: the run begins anew
}

RunState state_of(StudyRun run, const std::deque<Store>& stores) {
    RunState best;
    for (const Store& store : stores) {
        const StoredRun* stored = stored_for(run, store);
        if (stored && includes(stored->parts, run.labels.parts)) {
            RunState done;
            done.stage = RunStage::done;
            done.epochs = run.settings.training.epochs;
            return done;
        }
    }
    for (const Store& store : stores) {
        StudyRun asked = run;  // for what it recorded before, too
        if (const StoredRun* stored = stored_for(run, store)) asked.labels.parts |= stored->parts;
        const RunState state = state_beside(store.path(), asked);
        if (state.stage < best.stage) best = state;
    }
    return best;
}

}  // namespace

RunState state_beside(const std::string& store, const StudyRun& run) {
    RunState state;
    std::error_code error;
    const std::string checkpoint = job_file(store, run, JobFile::checkpoint);
    const std::string failure = job_file(store, run, JobFile::failure);
    if (fs::is_regular_file(checkpoint, error)) {
        state.stage = RunStage::saved;
        state.epochs = epochs_in(checkpoint);
    }
    if (fs::is_regular_file(failure, error)) {
        state.stage = RunStage::failed;
        state.since = time_of(failure);
        std::ifstream in(failure);
        std::getline(in, state.why);
    }
    state.who = claimed_by(store, run);
    if (state.who.empty()) return state;
    state.stage = RunStage::running;
    state.since = time_of(claim_of(store, run));
    return state;
}

std::deque<Store> stores_in(const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        files.push_back(path);
    } else {
        for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
            if (entry.path().extension() == ".jsonl") files.push_back(entry.path().string());
        if (error) fail("--store {}: cannot read this folder: {}", path, error.message());
        std::sort(files.begin(), files.end());
    }
    std::deque<Store> stores;
    for (const std::string& file : files)
        stores.emplace_back(file, Store::Use::read);
    return stores;
}

std::vector<RunState> states_of(const std::vector<StudyRun>& runs,
                                const std::deque<Store>& stores) {
    std::vector<RunState> states;
    states.reserve(runs.size());
    for (const StudyRun& run : runs)
        states.push_back(state_of(run, stores));
    return states;
}

}  // namespace crossbar::sim
