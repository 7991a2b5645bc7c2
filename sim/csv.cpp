#include "csv.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "crossbar/check.hpp"

namespace crossbar::sim {
namespace {

// An open file, locked against other writers until it is closed.
class Locked {
  public:
    Locked(const std::string& path, int flags) : path_(path) {
        file_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
        if (file_ >= 0) ::flock(file_, LOCK_EX);
    }
    ~Locked() {
        if (file_ >= 0) ::close(file_);
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    bool open() const { return file_ >= 0; }
    off_t size() const {
        struct stat status {};
        return ::fstat(file_, &status) == 0 ? status.st_size : 0;
    }
    std::string read(off_t first, std::size_t count) const {
        std::string bytes(count, '\0');
        const ssize_t n = ::pread(file_, bytes.data(), count, first);
        bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return bytes;
    }
    void append(std::string_view bytes) const {
        const off_t before = size();
        while (!bytes.empty()) {
            const ssize_t n = ::write(file_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                const int error = errno;
                if (::ftruncate(file_, before) != 0) give_up(errno, "; its last row is incomplete");
                give_up(error, "; the file is as it was");
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    [[noreturn]] void give_up(int error, const char* state) const {
        fail("--csv {}: cannot append: {}{}", path_, std::strerror(error), state);
    }

  private:
    const std::string& path_;
    int file_ = -1;
};

void check_header(const Locked& file, const std::string& path, const std::string& header) {
    if (file.size() == 0 || file.read(0, header.size() + 1) == header + "\n") return;
    const std::string line = file.read(0, 65536).substr(0, file.read(0, 65536).find('\n'));
    std::size_t same = 0;
    while (same < std::min(line.size(), header.size()) && line[same] == header[same])
        ++same;
    const std::size_t start = same == 0 ? 0 : header.rfind(',', same - 1) + 1;
    fail(
        "--csv {}: the file has other columns than this program writes: the first difference is "
        "'{}', expected '{}'; append to another file",
        path, line.substr(std::min(start, line.size())).substr(0, 40), header.substr(start, 40));
}

}  // namespace

void check_csv(const std::string& path, const std::string& header) {
    const Locked file(path, O_RDWR | O_APPEND);
    if (file.open()) return check_header(file, path, header);
    if (errno != ENOENT) file.give_up(errno, "");
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
    if (::access(folder.c_str(), W_OK) != 0) file.give_up(errno, "");
}

void append_csv(const std::string& path, const std::string& header, const std::string& row) {
    const Locked file(path, O_RDWR | O_APPEND | O_CREAT);
    if (!file.open()) file.give_up(errno, "");
    check_header(file, path, header);
    const off_t size = file.size();
    std::string bytes = size == 0 ? header + "\n" : "";
    if (size > 0 && file.read(size - 1, 1) != "\n") bytes += "\n";  // a row that broke off
    file.append(bytes + row + "\n");
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace crossbar::sim
