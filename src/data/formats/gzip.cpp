// gzip through zlib's inflate rather than gzread: errors then carry the offset in the packed file,
// and bytes after the end of the gzip data are seen instead of silently dropped. Zeros there are
// padding (of tapes, of disk images), which gunzip passes over too.
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "data/formats/stored_file.hpp"
#include "data/formats/zlib_bytes.hpp"

namespace crossbar {
namespace {

constexpr int gzip_only = 15 + 16;  // zlib's window bits for "gzip wrapper, 32 KiB window"

class Gunzip : public ByteSource {
  public:
    explicit Gunzip(std::unique_ptr<StoredFile> file) : file_(std::move(file)) {
        if (inflateInit2(&zlib_, gzip_only) != Z_OK) fail("{}: zlib cannot start", file_->path());
    }
    ~Gunzip() override { inflateEnd(&zlib_); }
    std::size_t read(std::span<std::uint8_t> out) override;

  private:
    bool begin_member();
    void pass_over_zeros();
    std::unique_ptr<StoredFile> file_;
    z_stream zlib_{};
    bool inside_ = true;  // between a gzip header and its checksum
};

void Gunzip::pass_over_zeros() {
    while (file_->fill(1) > 0) {
        const std::span<std::uint8_t> ready = file_->ready();
        const auto zeros = std::find_if(ready.begin(), ready.end(), [](auto b) { return b != 0; });
        file_->take(static_cast<std::size_t>(zeros - ready.begin()));
        if (zeros != ready.end()) return;
    }
}

// At the end of a member: true when another one follows, false at the end of the file.
bool Gunzip::begin_member() {
    file_->fill(2);
    if (!is_gzip(file_->ready())) pass_over_zeros();
    if (file_->fill(2) == 0) return false;
    if (!is_gzip(file_->ready()))
        fail("{}: byte {} of the packed file: bytes follow the gzip data, expected the end",
             file_->path(), file_->position());
    inflateReset(&zlib_);
    inside_ = true;
    return true;
}

std::size_t Gunzip::read(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size() && (inside_ || begin_member())) {
        if (file_->fill(1) == 0)
            fail("{}: byte {} of the packed file: it ends inside its gzip data (truncated)",
                 file_->path(), file_->position());
        const std::span<std::uint8_t> ready = file_->ready();
        const std::size_t room = std::min<std::size_t>(out.size() - done, 1u << 30);
        zlib_.next_in = ready.data();
        zlib_.avail_in = static_cast<uInt>(ready.size());
        zlib_.next_out = out.data() + done;
        zlib_.avail_out = static_cast<uInt>(room);
        const int status = inflate(&zlib_, Z_NO_FLUSH);
        file_->take(ready.size() - zlib_.avail_in);
        done += room - zlib_.avail_out;
        if (status == Z_STREAM_END)
            inside_ = false;
        else if (status != Z_OK && status != Z_BUF_ERROR)
            fail("{}: byte {} of the packed file: damaged gzip data ({})", file_->path(),
                 file_->position(), zlib_.msg ? zlib_.msg : "zlib error");
    }
    return done;
}

}  // namespace

bool is_gzip(std::span<const std::uint8_t> head) {
    return head.size() >= 2 && head[0] == 0x1f && head[1] == 0x8b;
}

std::unique_ptr<ByteSource> gunzip(std::unique_ptr<StoredFile> file) {
    return std::make_unique<Gunzip>(std::move(file));
}

std::vector<std::uint8_t> unpack_zlib(std::span<const std::uint8_t> packed, std::size_t most,
                                      const std::string& name, std::uint64_t offset) {
    std::vector<std::uint8_t> bytes;
    z_stream zlib{};
    if (inflateInit(&zlib) != Z_OK) fail("{}: zlib cannot start", name);
    zlib.next_in = const_cast<std::uint8_t*>(packed.data());
    zlib.avail_in = static_cast<uInt>(packed.size());
    int status = Z_OK;
    while (status == Z_OK && bytes.size() < most) {
        const std::size_t have = bytes.size();
        bytes.resize(std::min(most, std::max(2 * have, std::size_t{1} << 16)));
        zlib.next_out = bytes.data() + have;
        zlib.avail_out = static_cast<uInt>(bytes.size() - have);
        status = inflate(&zlib, Z_NO_FLUSH);
        bytes.resize(bytes.size() - zlib.avail_out);
    }
    const std::uint64_t at = offset + packed.size() - zlib.avail_in;
    const std::string message = zlib.msg ? zlib.msg : "cut off";
    const bool followed = status == Z_STREAM_END && zlib.avail_in != 0;
    inflateEnd(&zlib);
    if (followed) fail("{}: byte {}: bytes follow the packed data, expected their end", name, at);
    if (status != Z_STREAM_END && bytes.size() < most)
        fail("{}: byte {}: damaged packed data ({})", name, at, message);
    return bytes;
}

}  // namespace crossbar
