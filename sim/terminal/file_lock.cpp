// Locks of open file descriptions, which a server of files knows as it knows all of fcntl's, and
// which a child process shares.
#include "terminal/file_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "terminal/messages.hpp"

namespace crossbar::sim {
namespace {

struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

// A holder removes the file when it lets go: who waited has a lock on nothing then.
bool is_at(int file, const std::string& path) {
    struct stat mine {
    }, there{};
    return ::fstat(file, &mine) == 0 && ::stat(path.c_str(), &there) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

void write_holder(int file) {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    const char* const job = std::getenv("SLURM_JOB_ID");
    const std::string text = fmt::format("process {} on {}{}{}\n", ::getpid(), host.data(),
                                         job ? ", Slurm job " : "", job ? job : "");
    // What does not fit on a full disk only makes messages say less.
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, text.data(), text.size(), 0) < 0) return;
}

std::string holder_in(int file) {
    std::array<char, 512> text{};
    const ssize_t count = ::pread(file, text.data(), text.size(), 0);
    const std::string all(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    const std::string line = all.substr(0, all.find('\n'));
    return line.starts_with("process ") ? line : "another process";
}

[[noreturn]] void refuse(const std::string& path, int error) {
    const bool none = error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
    fail("{}: cannot be locked: {}{}", path, std::strerror(error),
         none ? "; this file system has no locks: give each process a --store of its own, and put "
                "them together with 'crossbar_sim report'"
              : "");
}

}  // namespace

std::optional<FileLock> FileLock::try_take(const std::string& path) {
    for (;;) {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (file < 0) refuse(path, errno);
        FileLock lock("", file);  // which closes it, and removes nothing
        struct flock range = whole_file();
        if (::fcntl(file, F_OFD_SETLK, &range) != 0) {
            if (errno == EAGAIN || errno == EACCES) return {};
            refuse(path, errno);
        }
        if (!is_at(file, path)) continue;
        write_holder(file);
        lock.path_ = path;
        return lock;
    }
}

FileLock FileLock::take(const std::string& path, const std::string& what,
                        std::chrono::milliseconds most) {
    const Clock::time_point start = Clock::now();
    constexpr std::chrono::milliseconds longest{100};
    bool told = false;
    for (std::chrono::milliseconds pause{2};; pause = std::min(pause * 2, longest)) {
        if (std::optional<FileLock> lock = try_take(path)) return std::move(*lock);
        const auto waited = Clock::now() - start;
        const std::string who = holder(path);
        if (waited > most)
            fail(
                "{}: {} holds it, and did not let go within {} s; end that process, or give this "
                "one a store of its own",
                what, who.empty() ? "another process" : who,
                std::chrono::duration_cast<std::chrono::seconds>(most).count());
        if (!told && waited > std::chrono::seconds(2) && !who.empty()) {
            tell("{}: waiting for {}", what, who);
            told = true;
        }
        std::this_thread::sleep_for(pause);
    }
}

std::string FileLock::holder(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return {};
    struct flock range = whole_file();
    const bool held = ::fcntl(file, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    const std::string who = held ? holder_in(file) : "";
    ::close(file);
    return who;
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(std::exchange(other.file_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    return *this;
}

FileLock::~FileLock() {
    if (file_ < 0) return;
    if (!path_.empty()) ::unlink(path_.c_str());
    ::close(file_);
}

}  // namespace crossbar::sim
