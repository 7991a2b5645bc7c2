// Files wherever a reader may find them: by themselves, plain or packed (gzip, xz, bzip2, zstd), or
// as members of archives (tar, packed or not, and zip), which are read as a stream and never
// unpacked to disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "data/formats/byte_file.hpp"
#include "data/readers.hpp"

namespace crossbar {

// The regular files of an archive in their order; links, folders and devices are passed over.
class Archive {
  public:
    // Throws Error with the byte of the archive, as all of the below.
    explicit Archive(const std::string& path);
    ~Archive();

    struct Member {
        std::string name;  // without a leading "./"
        std::uint64_t size = 0;
    };
    // Passes over the rest of the current member to the next file. At the end of the archive, none:
    // by then its sums have been checked.
    std::optional<Member> next();

    // Bytes of the current member: fewer than asked for only at its end.
    std::size_t read(std::span<std::uint8_t> out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// The bytes of a file, unpacked on the way, or of a member.
ByteFile open_file(const std::string& path);
ByteFile open_file(const SourceFile& file);

// Its size, unpacked: of a member by its header, of an xz file by its index; others that are packed
// are unpacked for that.
std::uint64_t size_of(const SourceFile& file);

// Calls visit(i, the bytes of files[i]) once for each file, in any order, on any of the threads
// (null: on this one), an archive in one pass however many of its members are asked for. What the
// visit leaves unread is passed over. An Error where a member is missing.
using Visit = std::function<void(std::size_t i, ByteFile& bytes)>;
void read_files(std::span<const SourceFile> files, Threads* threads, const Visit& visit);

}  // namespace crossbar
