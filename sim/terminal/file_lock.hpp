// A lock that one process has, on one machine or on several that share a folder: a file that is
// locked while it is held, and says who holds it. The system takes the lock back from a process
// that ends in whatever way.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace crossbar::sim {

class FileLock {
  public:
    // Nothing where another process holds it. Throws Error where there can be no lock.
    static std::optional<FileLock> try_take(const std::string& path);

    // Waits; says so, and for whom, when that takes a while. Throws Error after `most`.
    // `what` is what messages call what is locked ("--store r.jsonl").
    static FileLock take(const std::string& path, const std::string& what,
                         std::chrono::milliseconds most = std::chrono::minutes(10));

    // "process 12 on host"; empty where nobody holds it. Changes nothing.
    static std::string holder(const std::string& path);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    // Removes the file. A lock that a process started since shares is held until that ends, too.
    ~FileLock();

    // To be handed to a process that shares the lock.
    int file() const { return file_; }

  private:
    FileLock(std::string path, int file) : path_(std::move(path)), file_(file) {}

    std::string path_;
    int file_ = -1;
};

}  // namespace crossbar::sim
