// gzip through zlib's inflate rather than gzread: errors then carry the offset in the packed file,
// and bytes after the end of the gzip data are seen instead of silently dropped.
#include "gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "crossbar/check.hpp"
#include "zlib_sum.hpp"

namespace crossbar {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

constexpr int gzip_only = 15 + 16;  // zlib's window bits for "gzip wrapper, 32 KiB window"

}  // namespace

struct ByteFile::State {
    std::string path;
    std::unique_ptr<std::FILE, CloseFile> file;
    std::array<std::uint8_t, 1 << 16> buffer{};
    std::size_t used = 0;             // bytes of the buffer already handed on
    std::size_t filled = 0;           // bytes of the buffer that are valid
    std::uint64_t packed_offset = 0;  // in the file, of buffer[0]
    std::uint64_t offset = 0;
    bool packed = false;
    bool inside_member = false;  // between a gzip header and its checksum
    z_stream zlib{};

    // Makes at least `wanted` bytes available if the file has them; returns how many there are.
    std::size_t fill(std::size_t wanted);
    std::size_t read_plain(std::span<std::uint8_t> out);
    std::size_t read_packed(std::span<std::uint8_t> out);
    bool begin_member();
    std::uint64_t position() const { return packed_offset + used; }
};

std::size_t ByteFile::State::fill(std::size_t wanted) {
    while (filled - used < wanted) {
        if (used > 0) {
            std::memmove(buffer.data(), buffer.data() + used, filled - used);
            packed_offset += used;
            filled -= used;
            used = 0;
        }
        const std::size_t got =
            std::fread(buffer.data() + filled, 1, buffer.size() - filled, file.get());
        if (std::ferror(file.get()))
            fail("{}: byte {}: cannot read: {}", path, position() + filled, std::strerror(errno));
        if (got == 0) break;
        filled += got;
    }
    return filled - used;
}

std::size_t ByteFile::State::read_plain(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size() && fill(1) > 0) {
        const std::size_t n = std::min(out.size() - done, filled - used);
        std::memcpy(out.data() + done, buffer.data() + used, n);
        used += n;
        done += n;
    }
    return done;
}

// At the end of a member: true when another one follows, false at the end of the file.
bool ByteFile::State::begin_member() {
    const std::size_t left = fill(2);
    if (left == 0) return false;
    if (left < 2 || buffer[used] != 0x1f || buffer[used + 1] != 0x8b)
        fail("{}: byte {} of the packed file: bytes follow the gzip data, expected the end", path,
             position());
    inflateReset(&zlib);
    inside_member = true;
    return true;
}

std::size_t ByteFile::State::read_packed(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size() && (inside_member || begin_member())) {
        if (fill(1) == 0)
            fail("{}: byte {} of the packed file: it ends inside its gzip data (truncated)", path,
                 position());
        const std::size_t room = std::min<std::size_t>(out.size() - done, 1u << 30);
        zlib.next_in = buffer.data() + used;
        zlib.avail_in = static_cast<uInt>(filled - used);
        zlib.next_out = out.data() + done;
        zlib.avail_out = static_cast<uInt>(room);
        const int status = inflate(&zlib, Z_NO_FLUSH);
        used = filled - zlib.avail_in;
        done += room - zlib.avail_out;
        if (status == Z_STREAM_END)
            inside_member = false;
        else if (status != Z_OK && status != Z_BUF_ERROR)
            fail("{}: byte {} of the packed file: damaged gzip data ({})", path, position(),
                 zlib.msg ? zlib.msg : "zlib error");
    }
    return done;
}

ByteFile::ByteFile(const std::string& path) : state_(std::make_unique<State>()) {
    state_->path = path;
    state_->file.reset(std::fopen(path.c_str(), "rb"));
    if (!state_->file) fail("{}: cannot open: {}", path, std::strerror(errno));
    const bool marked = state_->fill(2) >= 2;
    state_->packed = marked && state_->buffer[0] == 0x1f && state_->buffer[1] == 0x8b;
    if (!state_->packed) return;
    if (inflateInit2(&state_->zlib, gzip_only) != Z_OK) fail("{}: zlib cannot start", path);
    state_->inside_member = true;
}

ByteFile::~ByteFile() {
    if (state_->packed) inflateEnd(&state_->zlib);
}

std::size_t ByteFile::read(std::span<std::uint8_t> out) {
    const std::size_t n = state_->packed ? state_->read_packed(out) : state_->read_plain(out);
    state_->offset += n;
    return n;
}

std::uint64_t ByteFile::offset() const {
    return state_->offset;
}
const std::string& ByteFile::path() const {
    return state_->path;
}

std::uint64_t unpacked_zlib(std::span<const std::uint8_t> packed, const std::string& name,
                            std::uint64_t offset) {
    std::vector<std::uint8_t> buffer(std::size_t{1} << 16);
    z_stream zlib{};
    if (inflateInit(&zlib) != Z_OK) fail("{}: zlib cannot start", name);
    zlib.next_in = const_cast<std::uint8_t*>(packed.data());
    zlib.avail_in = static_cast<uInt>(packed.size());
    std::uint64_t unpacked = 0;
    int status = Z_OK;
    while (status == Z_OK) {
        zlib.next_out = buffer.data();
        zlib.avail_out = static_cast<uInt>(buffer.size());
        status = inflate(&zlib, Z_NO_FLUSH);
        unpacked += buffer.size() - zlib.avail_out;
    }
    const std::uint64_t at = offset + packed.size() - zlib.avail_in;
    const std::string message = zlib.msg ? zlib.msg : "cut off";
    const bool whole = status == Z_STREAM_END && zlib.avail_in == 0;
    inflateEnd(&zlib);
    if (status == Z_STREAM_END && !whole)
        fail("{}: byte {}: bytes follow the packed data, expected their end", name, at);
    if (!whole) fail("{}: byte {}: damaged packed data ({})", name, at, message);
    return unpacked;
}

}  // namespace crossbar
