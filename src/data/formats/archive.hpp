// Files wherever a reader may find them: by themselves, or as members of tar archives (.tar, also
// packed by gzip or xz), which are read as a stream and never unpacked to disk.
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

// The regular files of a tar archive in their order. Knows ustar, GNU and pax long names and sizes.
class Tar {
  public:
    explicit Tar(const std::string& path) : bytes_(path) {}

    struct Member {
        std::string name;  // without a leading "./"
        std::uint64_t size = 0;
    };
    // Passes over the rest of the current member to the next file. At the end of the archive, none:
    // by then its sums have been checked. Throws Error with the byte of the archive.
    std::optional<Member> next();

    // Bytes of the current member: fewer than asked for only at its end.
    std::size_t read(std::span<std::uint8_t> out);

    const std::string& path() const { return bytes_.path(); }

  private:
    struct Header;
    bool read_header(Header& header);
    void read_pax(const Header& header, Member& next, bool& sized);
    std::string read_text(const Header& header);
    void skip(std::uint64_t count);

    ByteFile bytes_;
    std::uint64_t left_ = 0;     // bytes of the current member that are still to come
    std::uint64_t padding_ = 0;  // and what fills up its last block
};

// The bytes of a file or of a member.
ByteFile open_file(const SourceFile& file);

// Its size, unpacked: of a member by its header, else unpacked_size.
std::uint64_t size_of(const SourceFile& file);

// Calls visit(i, the bytes of files[i]) once for each file, in any order, on any of the threads
// (null: on this one), an archive in one pass however many of its members are asked for. What the
// visit leaves unread is passed over. An Error where a member is missing.
using Visit = std::function<void(std::size_t i, ByteFile& bytes)>;
void read_files(std::span<const SourceFile> files, Threads* threads, const Visit& visit);

}  // namespace crossbar
