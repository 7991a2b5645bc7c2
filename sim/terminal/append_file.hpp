// A file that lines are appended to, never left with half of what was to be appended. By one
// process at a time: it is locked while it is open, unless its user has another lock
// (file_lock.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace crossbar::sim {

class AppendFile {
  public:
    enum class Lock { wait, none };

    // `name` is what errors call the file ("--csv rows.csv"); flags are those of open(2). Whether
    // it could be opened is asked with open(), and errno tells why not.
    AppendFile(std::string name, const std::string& path, int flags, Lock lock = Lock::wait);
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    bool open() const { return file_ >= 0; }
    std::int64_t size() const;
    std::string read(std::int64_t first, std::size_t count) const;
    // All or nothing; to the file that has the path now, where it was replaced or removed since (by
    // a version control system, for instance). Throws Error.
    void append(std::string_view bytes);
    // Cuts off what follows `size`. Throws Error.
    void cut(std::int64_t size) const;
    // Until it is on disk. Throws Error.
    void sync() const;
    // Throws Error: the name, "cannot append", the reason, `state`.
    [[noreturn]] void give_up(int error, const char* state) const;

    // Goes on with the file that has the path now. Throws Error.
    void follow_path();
    // The same for the same file alone, whatever its path.
    std::string identity() const;

  private:
    bool regular() const;

    std::string name_, path_;
    int flags_;
    Lock lock_;
    int file_ = -1;
};

}  // namespace crossbar::sim
