// A file without a name, synced, then linked into the old one's place with its mode and owner.
#include "base/replace_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

#include "base/check.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as Linux follows them

const char* kind_of_file(const struct stat& status) {
    if (S_ISDIR(status.st_mode)) return "a folder";
    if (S_ISFIFO(status.st_mode)) return "a pipe";
    if (S_ISSOCK(status.st_mode)) return "a socket";
    return "a device";
}

// Short, so that a file name of any length has room beside it; random, so that neither processes
// with one number in two containers nor two threads take the same.
std::string name_aside_in(const std::string& folder) {
    static thread_local std::random_device random;
    return fmt::format("{}.{:08x}{:08x}.part", folder, random(), random());
}

bool is_name_aside(const std::string& name) {
    return name.size() == 22 && name.starts_with('.') && name.ends_with(".part") &&
           name.find_first_not_of("0123456789abcdef", 1) == 17;
}

// What killed processes left: nobody holds its lock.
void remove_stale(const std::string& folder) {
    std::error_code error;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(folder.empty() ? "." : folder, error)) {
        if (!is_name_aside(entry.path().filename().string())) continue;
        const int file = ::open(entry.path().c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (file < 0) continue;
        if (::flock(file, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
        ::close(file);
    }
}

// A file without a name needs a way to give it one later, which is by way of /proc.
int open_nameless(const std::string& folder, unsigned mode) {
    if (::access("/proc/self/fd", X_OK) != 0) return -1;
    return ::open(folder.empty() ? "." : folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
}

}  // namespace

std::string destination_of(const std::string& path) {
    fs::path at = path;
    std::error_code error;
    for (int links = 0; fs::is_symlink(fs::symlink_status(at, error)); ++links) {
        if (links == most_links)
            fail("{}: too many symbolic links, one pointing to the next", path);
        const fs::path next = fs::read_symlink(at, error);
        at = next.is_absolute() ? next : at.parent_path() / next;
    }
    return at.string();
}

Replacement::Replacement(const std::string& path, Aside aside)
    : shown_(path), final_(destination_of(path)) {
    folder_ = final_.substr(0, final_.rfind('/') + 1);
    struct stat old {};
    const bool there = ::stat(final_.c_str(), &old) == 0;
    if (there && !S_ISREG(old.st_mode))
        fail("{}: cannot write this file: it is {}", path, kind_of_file(old));
    // A new name needs leave of the folder alone, but a file may be protected all the same.
    if (there && ::access(final_.c_str(), W_OK) != 0) give_up();
    const unsigned mode = there ? old.st_mode & 07777U : 0666U;
    if (aside == Aside::nameless) file_ = open_nameless(folder_, mode & 0777U);
    if (file_ < 0) open_named(mode & 0777U);
    if (!there) return;
    // Owner first: to change it takes bits away. Another's file stays writable by who may write it.
    if (::fchown(file_, old.st_uid, old.st_gid) != 0) errno = 0;
    if (::fchmod(file_, mode) != 0) errno = 0;
}

// Locked while it is written, which tells it from what a killed process left.
void Replacement::open_named(unsigned mode) {
    remove_stale(folder_);
    for (int tries = 0; tries < 100; ++tries) {
        const std::string name = name_aside_in(folder_);
        file_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file_ < 0 && errno == EEXIST) continue;
        if (file_ < 0) break;
        struct stat status {};
        const bool taken = ::flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        if (!taken && ::fstat(file_, &status) == 0 && status.st_nlink > 0) {
            aside_ = name;
            return;
        }
        ::close(file_);  // another call takes it for a stale one, and removes it
        file_ = -1;
    }
    give_up();
}

Replacement::~Replacement() {
    if (file_ >= 0) ::close(file_);
    if (!aside_.empty()) ::unlink(aside_.c_str());
}

void Replacement::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(file_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) give_up();
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void Replacement::write_at(std::uint64_t place, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(place));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) give_up();
        bytes.remove_prefix(static_cast<std::size_t>(n));
        place += static_cast<std::uint64_t>(n);
    }
}

void Replacement::finish() {
    if (finished_) return;
    if (::fsync(file_) != 0) give_up();
    finished_ = true;
}

void Replacement::name_aside() {
    if (!aside_.empty()) return;
    const std::string handle = fmt::format("/proc/self/fd/{}", file_);
    for (int tries = 0; tries < 100; ++tries) {
        const std::string name = name_aside_in(folder_);
        if (::linkat(AT_FDCWD, handle.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
            aside_ = name;
            return;
        }
        if (errno != EEXIST) break;
    }
    give_up();
}

void Replacement::commit() {
    finish();
    name_aside();
    if (std::rename(aside_.c_str(), final_.c_str()) != 0) give_up();
    aside_.clear();
    ::close(file_);  // nothing is left to go wrong: it is on disk
    file_ = -1;
    // The name itself is on disk only when the folder is. Not every file system can: no error.
    const int handle =
        ::open(folder_.empty() ? "." : folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return;
    ::fsync(handle);
    ::close(handle);
}

void Replacement::give_up() {
    fail("{}: cannot write this file: {}; what was there before is unchanged", shown_,
         std::strerror(errno));
}

void replace_file(const std::string& path, std::string_view bytes) {
    replace_file(path, std::span(&bytes, 1));
}

void replace_file(const std::string& path, std::span<const std::string_view> pieces) {
    Replacement file(path);
    for (const std::string_view piece : pieces)
        file.write(piece);
    file.commit();
}

void rehearse_replacing(const std::string& path, std::string_view bytes) {
    Replacement file(path);
    file.write(bytes);
    file.finish();
}

}  // namespace crossbar
