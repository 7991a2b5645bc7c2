#include "data/formats/byte_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/text_file.hpp"
#include "data/formats/stored_file.hpp"

namespace crossbar {
namespace {

constexpr std::size_t first_piece = std::size_t{1} << 20;
constexpr std::size_t longest_mark = 6;  // bytes that tell how a file is packed

class Plain : public ByteSource {
  public:
    explicit Plain(std::unique_ptr<StoredFile> file) : file_(std::move(file)) {}
    std::size_t read(std::span<std::uint8_t> out) override {
        std::size_t done = 0;
        while (done < out.size() && file_->fill(1) > 0) {
            const std::size_t n = std::min(out.size() - done, file_->ready().size());
            std::memcpy(out.data() + done, file_->ready().data(), n);
            file_->take(n);
            done += n;
        }
        return done;
    }

  private:
    std::unique_ptr<StoredFile> file_;
};

std::unique_ptr<ByteSource> open_source(const std::string& path) {
    check_regular(path, "file of data");
    auto file = std::make_unique<StoredFile>(path);
    file->fill(longest_mark);
    if (is_gzip(file->ready())) return gunzip(std::move(file));
    if (is_xz(file->ready())) return unxz(std::move(file));
    return std::make_unique<Plain>(std::move(file));
}

// The length at the end of a gzip file is of its last member, modulo 2^32: what counts is counted.
std::uint64_t counted_size(const std::string& path) {
    ByteFile file(path);
    std::vector<std::uint8_t> piece(std::size_t{1} << 16);
    while (file.read(piece) == piece.size()) {
    }
    return file.offset();
}

}  // namespace

StoredFile::StoredFile(const std::string& path)
    : path_(path), file_(std::fopen(path.c_str(), "rb")) {
    if (!file_) fail("{}: cannot open: {}", path, std::strerror(errno));
}

std::size_t StoredFile::fill(std::size_t wanted) {
    while (filled_ - used_ < wanted) {
        if (used_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + used_, filled_ - used_);
            first_ += used_;
            filled_ -= used_;
            used_ = 0;
        }
        const std::size_t got =
            std::fread(buffer_.data() + filled_, 1, buffer_.size() - filled_, file_.get());
        if (std::ferror(file_.get()))
            fail("{}: byte {}: cannot read: {}", path_, first_ + filled_, std::strerror(errno));
        if (got == 0) break;
        filled_ += got;
    }
    return filled_ - used_;
}

std::uint64_t StoredFile::size() {
    const std::uint64_t here = position();
    const bool ended = ::fseeko(file_.get(), 0, SEEK_END) == 0;
    const off_t end = ended ? ::ftello(file_.get()) : -1;
    if (end < 0) fail("{}: its size cannot be told: {}", path_, std::strerror(errno));
    seek(here);
    return static_cast<std::uint64_t>(end);
}

void StoredFile::seek(std::uint64_t position) {
    if (::fseeko(file_.get(), static_cast<off_t>(position), SEEK_SET) != 0)
        fail("{}: byte {}: cannot go there: {}", path_, position, std::strerror(errno));
    first_ = position;
    used_ = filled_ = 0;
}

ByteFile::ByteFile(const std::string& path) : name_(path), source_(open_source(path)) {}

ByteFile::ByteFile(std::string name, std::unique_ptr<ByteSource> source)
    : name_(std::move(name)), source_(std::move(source)) {}

std::size_t ByteFile::read(std::span<std::uint8_t> out) {
    const std::size_t n = source_->read(out);
    offset_ += n;
    return n;
}

void read_exactly(ByteFile& file, std::span<std::uint8_t> out, const char* what) {
    const std::size_t got = file.read(out);
    if (got < out.size())
        fail("{}: byte {}: the data end here, expected {} more bytes of {} (truncated)",
             file.path(), file.offset(), out.size() - got, what);
}

std::vector<std::uint8_t> read_rest(ByteFile& file, std::size_t size, const char* what) {
    std::vector<std::uint8_t> data;
    while (data.size() < size) {
        const std::size_t have = data.size();
        data.resize(std::min(size, std::max(first_piece, 2 * have)));
        const std::size_t got = file.read(std::span(data).subspan(have));
        if (have + got < data.size())
            fail("{}: byte {}: the data end here, expected {} more bytes of {} (truncated)",
                 file.path(), file.offset(), size - have - got, what);
    }
    std::array<std::uint8_t, 1> extra{};
    const std::uint64_t end = file.offset();
    if (file.read(extra) != 0)
        fail("{}: byte {}: more bytes follow, expected the end of the file", file.path(), end);
    return data;
}

std::uint64_t unpacked_size(const std::string& path) {
    StoredFile file(path);
    file.fill(longest_mark);
    if (is_gzip(file.ready())) return counted_size(path);
    if (is_xz(file.ready())) return xz_size(file);
    return file.size();
}

}  // namespace crossbar
