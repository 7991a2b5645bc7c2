#include "crossbar/replace_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "crossbar/check.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

// A file written aside; removed again unless it was renamed.
class Aside {
  public:
    explicit Aside(const fs::path& final)
        : final_(final), name_(fmt::format("{}.{}.part", final.string(), ::getpid())) {
        ::unlink(name_.c_str());  // of a killed process whose number came round again
        file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file_ < 0) give_up();
    }
    ~Aside() {
        if (file_ >= 0) ::close(file_);
        if (!renamed_) ::unlink(name_.c_str());
    }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::write(file_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) give_up();
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    void finish() {
        if (::fsync(file_) != 0) give_up();
        const int closed = ::close(file_);
        file_ = -1;
        if (closed != 0) give_up();
    }

    void rename() {
        if (std::rename(name_.c_str(), final_.c_str()) != 0) give_up();
        renamed_ = true;
        // The name itself is on disk only when the folder is. Not every file system can: no error.
        const fs::path folder = final_.has_parent_path() ? final_.parent_path() : fs::path(".");
        const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (handle < 0) return;
        ::fsync(handle);
        ::close(handle);
    }

  private:
    // A constructor that throws runs no destructor, but then there is no file either.
    [[noreturn]] void give_up() {
        fail("{}: cannot write this file: {}; what was there before is unchanged", final_.string(),
             std::strerror(errno));
    }

    fs::path final_;
    std::string name_;
    int file_ = -1;
    bool renamed_ = false;
};

// Renaming onto a link would replace the link; onto a device, the device.
fs::path final_path(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return path;
    if (!fs::is_regular_file(status))
        fail("{}: cannot write this file: it is a folder or a device", path);
    const bool link = fs::is_symlink(fs::symlink_status(path, error));
    return link ? fs::canonical(path, error) : fs::path(path);
}

}  // namespace

void replace_file(const std::string& path, std::string_view bytes) {
    replace_file(path, std::span(&bytes, 1));
}

void replace_file(const std::string& path, std::span<const std::string_view> pieces) {
    Aside aside(final_path(path));
    for (const std::string_view piece : pieces)
        aside.write(piece);
    aside.finish();
    aside.rename();
}

void rehearse_replacing(const std::string& path, std::string_view bytes) {
    Aside aside(final_path(path));
    aside.write(bytes);
    aside.finish();
}

}  // namespace crossbar
