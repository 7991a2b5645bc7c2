// Writing a file so that it is either the old one or the new one, never a part.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace crossbar {

// A file that is written aside, in the same folder, and then takes its name as a whole: synced,
// with the mode and owner of the file it replaces. On an error (a full disk, no permission) throws
// Error; the old file is as it was. Nothing is left behind without commit(), nor by a killed
// process: the file has no name until then. Where the file system has no such files, the next call
// removes what a killed one left.
class Replacement {
  public:
    // Links are followed, also one to a file that is not there yet: the link stays one.
    enum class Aside { nameless, named };  // nameless: where that is possible
    explicit Replacement(const std::string& path, Aside aside = Aside::nameless);
    ~Replacement();
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    void write(std::string_view bytes);
    // Where they belong, for files that are not written from front to back.
    void write_at(std::uint64_t place, std::string_view bytes);
    // Until it is on disk, aside.
    void finish();
    // finish() where that is still to be done, and the name.
    void commit();

  private:
    void open_named(unsigned mode);
    void name_aside();
    [[noreturn]] void give_up();

    std::string shown_;  // the path as it was given
    std::string final_, folder_;
    std::string aside_;  // empty while the file has no name
    int file_ = -1;
    bool finished_ = false;
};

// Replaces a file by these bytes. Throws Error.
void replace_file(const std::string& path, std::string_view bytes);

// The same with the file in pieces, one behind the other.
void replace_file(const std::string& path, std::span<const std::string_view> pieces);

// All of that but the name: fails now rather than after hours of training.
void rehearse_replacing(const std::string& path, std::string_view bytes);

// Where writing to a path ends up: behind links, also where nothing is there yet. Throws Error
// where links run in a circle.
std::string destination_of(const std::string& path);

}  // namespace crossbar
