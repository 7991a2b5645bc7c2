// Appends to a file as a whole, and cuts off what could not be written.
#include "terminal/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.hpp"

namespace crossbar::sim {

AppendFile::AppendFile(std::string name, const std::string& path, int flags, Lock lock)
    : name_(std::move(name)), path_(path), flags_(flags | O_CLOEXEC), lock_(lock) {
    file_ = ::open(path.c_str(), flags_, 0666);
    if (file_ >= 0 && lock == Lock::wait) ::flock(file_, LOCK_EX);
}

AppendFile::~AppendFile() {
    if (file_ >= 0) ::close(file_);
}

std::int64_t AppendFile::size() const {
    struct stat status {};
    return ::fstat(file_, &status) == 0 ? status.st_size : 0;
}

std::string AppendFile::read(std::int64_t first, std::size_t count) const {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
        const ssize_t n = ::pread(file_, bytes.data() + done, count - done,
                                  first + static_cast<std::int64_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += static_cast<std::size_t>(n);
    }
    bytes.resize(done);
    return bytes;
}

bool AppendFile::regular() const {
    struct stat status {};
    return ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
}

std::string AppendFile::identity() const {
    struct stat status {};
    if (::fstat(file_, &status) != 0) return {};
    return fmt::format("{} {}", status.st_dev, status.st_ino);
}

void AppendFile::follow_path() {
    struct stat mine {
    }, there{};
    if (::fstat(file_, &mine) == 0 && ::stat(path_.c_str(), &there) == 0 &&
        mine.st_dev == there.st_dev && mine.st_ino == there.st_ino)
        return;
    const int file = ::open(path_.c_str(), flags_ | O_CREAT, 0666);
    if (file < 0 || (lock_ == Lock::wait && ::flock(file, LOCK_EX | LOCK_NB) != 0)) {
        const int error = errno;
        if (file >= 0) ::close(file);
        give_up(error, "; it was replaced or removed since it was opened");
    }
    ::close(file_);
    file_ = file;
}

void AppendFile::append(std::string_view bytes) {
    follow_path();
    const std::int64_t before = size();
    while (!bytes.empty()) {
        const ssize_t n = ::write(file_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            const int error = errno;
            if (!regular()) give_up(error, "");  // there is nothing to take back
            if (::ftruncate(file_, before) != 0) give_up(errno, "; its last row is incomplete");
            give_up(error, "; the file is as it was");
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void AppendFile::cut(std::int64_t size) const {
    if (::ftruncate(file_, size) != 0) give_up(errno, "; the file is as it was");
}

void AppendFile::sync() const {
    if (::fsync(file_) != 0) give_up(errno, "; what was written may be lost");
}

void AppendFile::give_up(int error, const char* state) const {
    fail("{}: cannot append: {}{}", name_, std::strerror(error), state);
}

}  // namespace crossbar::sim
