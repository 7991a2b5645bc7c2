// Writes the line aside and puts it in place as a whole.
#include "study/study_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

// Those of studies that are gone.
void sweep_out(const fs::path& folder) {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("study_") || entry.path().extension() != ".lock") continue;
        if (!fs::is_regular_file(entry.symlink_status(error))) continue;
        const std::optional<FileLock> claim = FileLock::try_take(entry.path().string());
        for (const char* suffix : {".progress", ".progress.new"})
            if (claim) fs::remove(fs::path(entry.path()).replace_extension(suffix), error);
    }
}

}  // namespace

StudyFile::StudyFile(const std::string& folder) try {
    sweep_out(folder);
    const fs::path stem = fs::path(folder) / fmt::format("study_{}", ::getpid());
    claim_ = FileLock::try_take(stem.string() + ".lock");
    if (claim_) file_ = stem.string() + ".progress";
} catch (const Error&) {
    claim_.reset();
}

StudyFile::~StudyFile() {
    std::error_code ignored;
    for (const char* suffix : {"", ".new"})
        if (claim_) fs::remove(file_ + suffix, ignored);
}

void StudyFile::tell(const StudyState& state) {
    const auto now = Clock::now();
    if (!claim_ || now - told_ < std::chrono::seconds(2)) return;
    told_ = now;
    nlohmann::ordered_json line;
    line["line"] = "study";
    line["experiment"] = state.experiment;
    line["runs"] = state.runs;
    line["made"] = state.made;
    line["failed"] = state.failed;
    line["running"] = state.running;
    if (state.seconds_left >= 0) line["seconds_left"] = state.seconds_left;
    std::error_code ignored;
    fs::remove(file_ + ".new", ignored);  // a link would lead elsewhere
    std::ofstream out(file_ + ".new");
    out << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    out.close();
    if (out) fs::rename(file_ + ".new", file_, ignored);
}

}  // namespace crossbar::sim
