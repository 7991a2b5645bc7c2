// Names, makes and clears the files of jobs, and nothing else in their folder.
#include "study/workshop.hpp"

#include <fstream>
#include <iterator>
#include <regex>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/replace_file.hpp"

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

constexpr const char* owner = ".crossbar_sim_store";  // the file that holds the store's identity

// A job's file, or one that was being written to replace it.
bool is_of_a_job(const std::string& name) {
    static const std::regex pattern(
        R"(\.?([^\n]*_)?(job|seed_\d+)_[0-9a-f]{16}\.(json|log)(\..*)?|\.[0-9a-f]{16}\.part)");
    return std::regex_match(name, pattern);
}

}  // namespace

Workshop::Workshop(const std::string& store, const std::string& identity, bool is_new)
    : folder_(store + ".jobs") {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder_, error);
    if (fs::exists(status) && !fs::is_directory(status))
        fail(
            "{}: this is a {}, and jobs need a folder of that name for their records; remove it, "
            "or give another --store",
            folder_.string(), fs::is_symlink(status) ? "link" : "file");
    error.clear();
    fs::create_directories(folder_, error);
    if (error) fail("{}: cannot make this folder: {}", folder_.string(), error.message());
    const bool mine = !is_new && belongs_to(identity);
    const std::size_t records = sweep_out(!mine);
    if (!mine) foreign_ = records;
    if (fs::is_symlink(fs::symlink_status(folder_ / owner, error)))
        fs::remove(folder_ / owner, error);
    replace_file((folder_ / owner).string(), identity + "\n");
}

Workshop::~Workshop() {
    std::error_code ignored;
    if (sweep_out(false) == 0 && fs::is_regular_file(fs::symlink_status(folder_ / owner, ignored)))
        fs::remove(folder_ / owner, ignored);
    fs::remove(folder_, ignored);
}

std::string Workshop::file(const std::string& job, const char* suffix) const {
    const std::uint64_t number = fingerprint(job.data(), job.size(), fingerprint_start);
    return (folder_ / fmt::format("job_{:016x}{}", number, suffix)).string();
}

bool Workshop::belongs_to(const std::string& identity) const {
    std::ifstream in(folder_ / owner, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {}) == identity + "\n";
}

std::size_t Workshop::sweep_out(bool records) const {
    std::error_code ignored;
    std::size_t found = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
        const fs::path& path = entry.path();
        const fs::file_status status = entry.symlink_status(ignored);
        const bool link = fs::is_symlink(status);  // no job makes one, nor may write through it
        if (!is_of_a_job(path.filename().string()) || (!link && !fs::is_regular_file(status)))
            continue;
        const bool record = !link && path.extension() == ".json";
        found += record ? 1 : 0;
        if (!record || records) fs::remove(path, ignored);
    }
    return found;
}

}  // namespace crossbar::sim
