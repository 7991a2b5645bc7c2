// Hashes names, sizes and bytes of a task's files, and remembers what was read by size and times.
#include "session/data_fingerprint.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/replace_file.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

// A file's times are as coarse as this: one that was changed just now may change again unseen.
constexpr std::time_t settled_seconds = 3;

struct Found {
    std::string name;  // below the source's folder
    fs::path path;
    struct stat status;
};

template <typename T>
std::uint64_t add(std::uint64_t hash, const T& value) {
    return fingerprint(&value, sizeof value, hash);
}

std::uint64_t add(std::uint64_t hash, const std::string& text) {
    return add(fingerprint(text.data(), text.size(), hash), text.size());
}

// All files below a path, links followed, a folder that is met again left out.
void collect(const fs::path& path, const std::string& name, std::set<std::pair<dev_t, ino_t>>& seen,
             std::vector<Found>& found) {
    Found here{name, path, {}};
    if (::stat(path.c_str(), &here.status) != 0) return;  // a link to nowhere
    if (S_ISREG(here.status.st_mode)) found.push_back(std::move(here));
    if (!S_ISDIR(here.status.st_mode) ||
        !seen.insert({here.status.st_dev, here.status.st_ino}).second)
        return;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
        const std::string below = entry.path().filename().string();
        collect(entry.path(), name.empty() ? below : name + "/" + below, seen, found);
    }
    if (error) fail("{}: cannot read this folder: {}", path.string(), error.message());
}

std::vector<Found> files_of(const SourceFile& source) {
    std::vector<Found> found;
    std::set<std::pair<dev_t, ino_t>> seen;
    collect(source.path, "", seen, found);
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.name < b.name; });
    return found;
}

std::uint64_t state_of(const std::vector<Found>& files) {
    std::uint64_t hash = fingerprint_start;
    for (const Found& file : files) {
        const struct stat& s = file.status;
        hash = add(hash, file.name);
        for (const std::int64_t part : std::array<std::int64_t, 7>{
                 s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec, s.st_ctim.tv_sec,
                 s.st_ctim.tv_nsec, static_cast<std::int64_t>(s.st_dev),
                 static_cast<std::int64_t>(s.st_ino)})
            hash = add(hash, part);
    }
    return hash;
}

bool is_settled(const std::vector<Found>& files) {
    const std::time_t now = std::time(nullptr);
    return std::all_of(files.begin(), files.end(), [&](const Found& file) {
        return std::max(file.status.st_ctim.tv_sec, file.status.st_mtim.tv_sec) + settled_seconds <
               now;
    });
}

// Eight bytes at a time: FNV's own steps are too slow for sets of gigabytes.
std::uint64_t add_bytes(std::uint64_t hash, const char* bytes, std::size_t count) {
    std::size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, 8);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return fingerprint(bytes + at, count - at, hash);
}

std::uint64_t content_of(const std::vector<Found>& files) {
    std::uint64_t hash = fingerprint_start;
    std::vector<char> buffer(std::size_t{1} << 20);
    for (const Found& file : files) {
        hash = add(hash, file.name);
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(
            std::fopen(file.path.c_str(), "rb"), std::fclose);
        if (!in) fail("{}: cannot read this file: {}", file.path.string(), std::strerror(errno));
        std::uint64_t size = 0;
        while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), in.get())) {
            hash = add_bytes(hash, buffer.data(), n);
            size += n;
        }
        if (std::ferror(in.get()))
            fail("{}: cannot read this file: {}", file.path.string(), std::strerror(errno));
        hash = add(hash, size);
    }
    return hash;
}

// What is remembered: a line a source, "path state content" in hexadecimal digits.
class Memory {
  public:
    explicit Memory(const std::string& folder) {
        if (folder.empty()) return;
        file_ = (fs::path(folder) / "sources").string();
        std::ifstream in(file_);
        for (std::string line; std::getline(in, line);) {
            std::istringstream words(line);
            std::uint64_t path = 0, state = 0, content = 0;
            if (words >> std::hex >> path >> state >> content) known_[path] = {state, content};
        }
    }

    std::uint64_t content(const SourceFile& source) {
        std::error_code ignored;
        const std::uint64_t path =
            add(fingerprint_start, fs::absolute(source.path, ignored).string());
        const std::vector<Found> files = files_of(source);
        const std::uint64_t state = state_of(files);
        if (const auto found = known_.find(path);
            found != known_.end() && found->second.first == state)
            return found->second.second;
        const std::uint64_t content = content_of(files);
        if (is_settled(files)) {
            known_[path] = {state, content};
            changed_ = true;
        }
        return content;
    }

    // Where it cannot be written, files are read again the next time.
    void keep() const {
        if (!changed_ || file_.empty()) return;
        std::string text;
        for (const auto& [path, value] : known_)
            text += fmt::format("{:016x} {:016x} {:016x}\n", path, value.first, value.second);
        std::error_code ignored;
        fs::create_directories(fs::path(file_).parent_path(), ignored);
        try {
            replace_file(file_, text);
        } catch (const Error&) {
        }
    }

  private:
    std::string file_;
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> known_;
    bool changed_ = false;
};

}  // namespace

std::uint64_t fingerprint_of(const std::vector<SourceFile>& files, const std::string& cache) {
    Memory memory(cache);
    std::uint64_t hash = fingerprint_start;
    for (const SourceFile& source : files) {
        hash = add(add(hash, source.role), source.member);
        hash = add(hash, memory.content(source));
    }
    memory.keep();
    return hash;
}

}  // namespace crossbar
