// Names, claims and clears the files of runs, and nothing else in their folder.
#include "study/workshop.hpp"

#include <regex>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/replace_file.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

std::string digits_of(const StudyRun& run) {
    const std::string& key = run.labels.key;
    return fmt::format("{:016x}", fingerprint(key.data(), key.size(), fingerprint_start));
}

const char* suffix_of(JobFile what) {
    switch (what) {
        case JobFile::record:
            return ".json";
        case JobFile::log:
            return ".log";
        case JobFile::checkpoint:
            return ".ckpt";
        case JobFile::failure:
            return ".failed";
        case JobFile::progress:
            return ".progress";
    }
    return "";
}

constexpr JobFile all_files[] = {JobFile::record, JobFile::log, JobFile::checkpoint,
                                 JobFile::failure, JobFile::progress};

// One claim for a run, whatever it records.
std::string claim_file(const fs::path& folder, const std::string& digits) {
    return (folder / fmt::format("job_{}.lock", digits)).string();
}

// The digits of a run's file, or of one that was being written to replace it; else nothing.
std::string digits_in(const std::string& name) {
    static const std::regex pattern(
        R"(\.?job_([0-9a-f]{16})(_[0-9]+)?\.(json|log|ckpt|failed|progress|lock)(\..*)?)");
    std::smatch match;
    return std::regex_match(name, match, pattern) ? match[1].str() : "";
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::error_code ignored;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
        files.push_back(entry.path());
    return files;
}

}  // namespace

std::string jobs_folder(const std::string& store) {
    return destination_of(store) + ".jobs";
}

std::string job_file(const std::string& store, const StudyRun& run, JobFile what) {
    const std::string parts = run.labels.parts == 0 ? "" : fmt::format("_{}", run.labels.parts);
    return (fs::path(jobs_folder(store)) /
            fmt::format("job_{}{}{}", digits_of(run), parts, suffix_of(what)))
        .string();
}

std::string claim_of(const std::string& store, const StudyRun& run) {
    return claim_file(jobs_folder(store), digits_of(run));
}

std::string claimed_by(const std::string& store, const StudyRun& run) {
    return FileLock::holder(claim_of(store, run));
}

Workshop::Workshop(const std::string& store, bool is_new)
    : store_(store), folder_(jobs_folder(store)) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder_, error);
    if (fs::exists(status) && !fs::is_directory(status))
        fail(
            "{}: this is a {}, and runs need a folder of that name for their files; remove it, or "
            "give another --store",
            folder_.string(), fs::is_symlink(status) ? "link" : "file");
    error.clear();
    fs::create_directories(folder_, error);
    if (error) fail("{}: cannot make this folder: {}", folder_.string(), error.message());
    if (is_new) sweep_out();
    for (const fs::path& path : files_in(folder_))
        found_.insert(digits_in(path.filename().string()));
}

Workshop::~Workshop() {
    std::error_code ignored;
    fs::remove(folder_, ignored);  // fails where something is left
}

bool Workshop::has(const StudyRun& run, JobFile what) const {
    std::error_code ignored;
    return fs::is_regular_file(fs::symlink_status(file(run, what), ignored));
}

void Workshop::remove(const StudyRun& run, JobFile what) const {
    std::error_code ignored;
    fs::remove(file(run, what), ignored);
}

std::optional<FileLock> Workshop::claim(const StudyRun& run) const {
    // Another process may remove the folder, empty as it is, in between.
    constexpr int often = 100;
    for (int attempt = 0;; ++attempt)
        try {
            std::error_code error;
            fs::create_directories(folder_, error);
            std::optional<FileLock> lock = FileLock::try_take(claim_file(folder_, digits_of(run)));
            for (const JobFile what : all_files)
                if (lock && fs::is_symlink(fs::symlink_status(file(run, what), error)))
                    remove(run, what);
            return lock;
        } catch (const Error&) {
            if (attempt == often || fs::exists(folder_)) throw;
        }
}

void Workshop::clear(const StudyRun& run) const {
    const std::string digits = digits_of(run);
    if (!found_.contains(digits)) return;
    const std::optional<FileLock> lock = claim(run);
    std::error_code ignored;
    for (const fs::path& path : files_in(folder_))
        if (lock && path.extension() != ".lock" && digits_in(path.filename().string()) == digits)
            fs::remove(path, ignored);
}

// Files of runs that nobody makes.
void Workshop::sweep_out() {
    std::error_code ignored;
    for (const fs::path& path : files_in(folder_)) {
        const fs::file_status status = fs::symlink_status(path, ignored);
        const std::string digits = digits_in(path.filename().string());
        if (digits.empty() || (!fs::is_symlink(status) && !fs::is_regular_file(status))) continue;
        const std::optional<FileLock> lock = FileLock::try_take(claim_file(folder_, digits));
        if (!lock || path.extension() == ".lock") continue;
        const bool work = path.extension() == ".json" || path.extension() == ".ckpt";
        foreign_ += work && fs::is_regular_file(status) ? 1 : 0;
        fs::remove(path, ignored);
    }
}

}  // namespace crossbar::sim
