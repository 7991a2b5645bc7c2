// libarchive reads archives and packed files, but for xz files (xz.hpp). What it lets pass is
// refused here: it does not check the sums of gzip data, does not mind bytes behind packed data,
// nor a tar that ends without its mark. So tar's blocks pass through Unpacker, which checks; zip
// has sums of its own, which libarchive does check, and wants to go to and fro in its file.
#include "data/formats/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/text_file.hpp"
#include "data/formats/file_kind.hpp"
#include "data/formats/xz.hpp"

namespace crossbar {
namespace {

constexpr std::size_t piece = std::size_t{1} << 16;

struct Close {
    void operator()(::archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<::archive, Close>;

Handle new_handle() {
    Handle handle(archive_read_new());
    if (!handle) fail("libarchive cannot start: out of memory");
    return handle;
}

std::string words_of(::archive* handle) {
    const char* words = archive_error_string(handle);
    return words ? words : "damaged";
}

// Names that the locale has no letters for come as they are, with this warning.
bool is_about_letters(const std::string& warning) {
    return warning.find("can't be converted") != warning.npos;
}

// A file's bytes from its first or, where `at` is negative, counted from its end.
template <std::size_t size>
std::array<std::uint8_t, size> bytes_at(const std::string& path, std::streamoff at) {
    std::array<std::uint8_t, size> bytes{};
    std::ifstream file(path, std::ios::binary);
    file.seekg(at, at < 0 ? std::ios::end : std::ios::beg);
    file.read(reinterpret_cast<char*>(bytes.data()), size);
    return bytes;
}

std::uint32_t little_endian(std::span<const std::uint8_t> bytes) {
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | std::uint32_t{bytes[3]} << 24;
}

bool begins_with(const std::string& path, std::string_view mark) {
    const std::array<std::uint8_t, 6> head = bytes_at<6>(path, 0);
    return std::equal(mark.begin(), mark.end(), head.begin(), [](char c, std::uint8_t byte) {
        return static_cast<std::uint8_t>(c) == byte;
    });
}

// Padding, which gunzip passes over too.
bool has_only_zeros(const std::string& path, std::uint64_t from) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(from));
    return std::all_of(std::istreambuf_iterator<char>(file), {}, [](char c) { return c == 0; });
}

// Whether zlib, reading it once more, finds the sums of all that is packed in a gzip file right.
bool has_sound_sums(const std::string& path) {
    const gzFile file = gzopen(path.c_str(), "rb");
    std::vector<std::uint8_t> waste(piece);
    int got = 0;
    while ((got = gzread(file, waste.data(), static_cast<unsigned>(piece))) > 0) {
    }
    return gzclose(file) == Z_OK && got == 0;
}

// A file's bytes in order, unpacked.
class Unpacker {
  public:
    explicit Unpacker(const std::string& path);
    std::size_t read(std::span<std::uint8_t> out);
    bool is_plain() const { return !xz_ && archive_filter_count(handle_.get()) <= 1; }
    std::uint64_t packed_size() const { return size_; }

  private:
    void check_unpacked(std::span<const std::uint8_t> head) const;
    void check_end() const;
    [[noreturn]] void refuse(std::string_view why) const {
        fail("{}: byte {} of the packed file: {}{}", path_, position(), why,
             position() >= size_ ? " (truncated)" : "");
    }
    std::uint64_t position() const {
        return static_cast<std::uint64_t>(archive_filter_bytes(handle_.get(), -1));
    }

    std::string path_;
    std::uint64_t size_ = 0;  // of the file as it is
    Handle handle_ = new_handle();
    std::unique_ptr<XzFile> xz_;  // in libarchive's place
    std::uint64_t count_ = 0;     // of bytes read
    std::uint32_t sum_ = 0;       // of these
    bool gzip_ = false, ended_ = false;
};

Unpacker::Unpacker(const std::string& path) : path_(path) {
    check_regular(path, "file of data");
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error) fail("{}: cannot open: {}", path, error.message());
    ended_ = size_ == 0;
    if (is_xz(path)) xz_ = std::make_unique<XzFile>(path);
    if (ended_ || xz_) return;
    ::archive* const handle = handle_.get();
    archive_read_support_format_raw(handle);
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_zstd(handle);
    archive_entry* entry = nullptr;
    if (archive_read_open_filename(handle, path.c_str(), piece) != ARCHIVE_OK ||
        archive_read_next_header(handle, &entry) != ARCHIVE_OK)
        fail("{}: damaged, truncated, or nothing is packed in it ({})", path, words_of(handle));
    if (archive_filter_count(handle) > 2)  // with the file itself
        fail("{}: this is packed by {}, a second time (by {}); unpack it once", path,
             archive_filter_name(handle, 1), archive_filter_name(handle, 0));
    gzip_ = archive_filter_code(handle, 0) == ARCHIVE_FILTER_GZIP;
    if (!gzip_ && begins_with(path, "\x1f\x8b")) refuse("damaged gzip header");
}

std::size_t Unpacker::read(std::span<std::uint8_t> out) {
    if (ended_ || out.empty()) return 0;
    const bool first = count_ == 0;
    std::size_t count = 0;
    if (xz_) {
        count = xz_->read(out);
    } else {
        const la_ssize_t got = archive_read_data(handle_.get(), out.data(), out.size());
        if (got < 0) refuse(words_of(handle_.get()));
        count = static_cast<std::size_t>(got);
    }
    if (first && !is_plain()) check_unpacked(out.first(count));
    if (gzip_) sum_ = static_cast<std::uint32_t>(crc32_z(sum_, out.data(), count));
    count_ += count;
    if (count < out.size()) {
        ended_ = true;
        if (!xz_) check_end();
    }
    return count;
}

// libarchive unpacks what is packed twice, but for xz.
void Unpacker::check_unpacked(std::span<const std::uint8_t> head) const {
    if (const std::string kind = kind_of_file(head); kind.starts_with("this is packed by "))
        fail("{}: {}, a second time (by {}); unpack it once", path_, kind,
             xz_ ? "xz" : archive_filter_name(handle_.get(), 0));
}

void Unpacker::check_end() const {
    constexpr std::uint64_t tail = 8;  // of gzip data: sum and length
    if (position() < size_ && !(gzip_ && has_only_zeros(path_, position())))
        refuse("bytes follow the packed data, expected the end");
    if (!gzip_) return;
    const auto end = bytes_at<tail>(path_, static_cast<std::streamoff>(position() - tail));
    const bool sound = little_endian(end) == sum_ && little_endian(std::span(end).subspan(4)) ==
                                                         static_cast<std::uint32_t>(count_);
    if (!sound && !has_sound_sums(path_))
        fail("{}: byte {} of the packed file: damaged gzip data (its checksum is wrong)", path_,
             position() - tail);
}

std::string name_of(const SourceFile& file) {
    return file.member.empty() ? file.path : fmt::format("{}: {}", file.path, file.member);
}

[[noreturn]] void fail_missing(const SourceFile& file) {
    fail("{}: the archive has no member '{}'; get the original archive", file.path, file.member);
}

// Goes to the member, or fails.
Archive::Member find_member(Archive& archive, const SourceFile& file) {
    while (auto member = archive.next())
        if (member->name == file.member) return *member;
    fail_missing(file);
}

using Indices = std::vector<std::size_t>;

void read_archive(std::span<const SourceFile> files, const Indices& wanted, const Visit& visit) {
    std::map<std::string, std::size_t> left;  // member to index
    for (const std::size_t i : wanted)
        left.emplace(files[i].member, i);
    Archive archive(files[wanted.front()].path);
    while (const auto member = archive.next()) {
        const auto found = left.find(member->name);
        if (found == left.end()) continue;
        ByteFile bytes(name_of(files[found->second]),
                       [&](std::span<std::uint8_t> out) { return archive.read(out); });
        visit(found->second, bytes);
        left.erase(found);
    }
    if (!left.empty()) fail_missing(files[left.begin()->second]);
}

}  // namespace

struct Archive::State {
    std::string path;
    std::unique_ptr<Unpacker> bytes;  // of a tar; none: of a zip
    std::vector<std::uint8_t> block = std::vector<std::uint8_t>(piece);
    std::uint64_t fed = 0;       // bytes of the tar that libarchive was given
    bool starved = false;        // it asked for more than there are
    std::exception_ptr failure;  // of `bytes`
    std::uint64_t left = 0;      // bytes of the current member that are still to come
    bool boundless = false;      // what it is packed by takes as much memory as it says
    Handle handle = new_handle();

    // Fails with what libarchive has met.
    [[noreturn]] void refuse(const std::string& why) const {
        if (failure) std::rethrow_exception(failure);
        std::int64_t at = archive_read_header_position(handle.get());
        if (at < 0) at = archive_filter_bytes(handle.get(), 0);  // libarchive has given up
        fail("{}: byte {} of the archive: {}{}", path,
             starved ? fed : static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0)), why,
             starved ? " (truncated)" : "");
    }

    // What libarchive calls for the tar's next bytes: no exception may pass through it.
    static la_ssize_t feed(::archive* handle, void* self, const void** block) {
        auto& state = *static_cast<State*>(self);
        try {
            const std::size_t got = state.bytes->read(state.block);
            state.fed += got;
            state.starved = got == 0;
            *block = state.block.data();
            return static_cast<la_ssize_t>(got);
        } catch (...) {
            state.failure = std::current_exception();
            archive_set_error(handle, EINVAL, "damaged");
            return ARCHIVE_FATAL;
        }
    }
};

Archive::Archive(const std::string& path) : state_(std::make_unique<State>()) {
    State& state = *state_;
    ::archive* const handle = state.handle.get();
    state.path = path;
    check_regular(path, "file of data");
    int status = ARCHIVE_OK;
    if (begins_with(path, "PK")) {
        archive_read_support_format_zip_seekable(handle);
        status = archive_read_open_filename(handle, path.c_str(), piece);
    } else {
        state.bytes = std::make_unique<Unpacker>(path);
        archive_read_support_format_tar(handle);
        status = archive_read_open(handle, &state, nullptr, State::feed, nullptr);
    }
    if (status != ARCHIVE_OK)
        state.refuse(fmt::format("no tar or zip archive, or a damaged one{}", hint_of_kind(path)));
}

Archive::~Archive() = default;

std::optional<Archive::Member> Archive::next() {
    State& state = *state_;
    ::archive* const handle = state.handle.get();
    archive_entry* entry = nullptr;
    int status = ARCHIVE_OK;
    while ((status = archive_read_next_header(handle, &entry)) == ARCHIVE_OK ||
           (status == ARCHIVE_WARN && is_about_letters(words_of(handle)))) {
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) continue;
        const char* const text = archive_entry_pathname(entry);
        std::string name = text ? text : "";
        if (archive_entry_sparse_count(entry) > 0 || !archive_entry_size_is_set(entry))
            state.refuse(fmt::format("'{}' has holes, or no size; unpack the archive", name));
        while (name.starts_with("./"))
            name.erase(0, 2);
        state.left = static_cast<std::uint64_t>(archive_entry_size(entry));
        const std::string_view format = archive_format_name(handle);
        state.boundless = format.ends_with("(lzma)") || format.ends_with("(xz)");
        return Member{std::move(name), state.left};
    }
    // A warning may be about a name or a size that was not understood.
    if (status != ARCHIVE_EOF)
        state.refuse((status == ARCHIVE_WARN ? "libarchive warns: " : "") + words_of(handle));
    if (!state.bytes) return {};
    if (state.failure || state.starved) state.refuse("it ends here without its end mark");
    while (state.bytes->read(state.block) != 0) {  // to where its sums are checked
    }
    return {};
}

std::size_t Archive::read(std::span<std::uint8_t> out) {
    State& state = *state_;
    const std::size_t wanted = std::min<std::uint64_t>(out.size(), state.left);
    if (state.boundless)
        state.refuse("a member is packed by lzma or xz, expected deflate, bzip2 or zstd");
    const la_ssize_t got = archive_read_data(state.handle.get(), out.data(), wanted);
    if (got < 0) state.refuse(words_of(state.handle.get()));
    if (static_cast<std::size_t>(got) < wanted)
        state.refuse(fmt::format("a member ends here, {} bytes are missing",
                                 state.left - static_cast<std::uint64_t>(got)));
    state.left -= wanted;
    // Zip's sums are checked by the read that meets the end.
    std::uint8_t more = 0;
    if (wanted > 0 && state.left == 0 && archive_read_data(state.handle.get(), &more, 1) != 0)
        state.refuse(words_of(state.handle.get()));
    return wanted;
}

ByteFile open_file(const std::string& path) {
    const auto unpacker = std::make_shared<Unpacker>(path);
    return {path, [unpacker](std::span<std::uint8_t> out) { return unpacker->read(out); }};
}

// A member's archive is read to its end, and so checks its sums, after the member.
ByteFile open_file(const SourceFile& file) {
    if (file.member.empty()) return open_file(file.path);
    auto archive = std::make_shared<Archive>(file.path);
    find_member(*archive, file);
    return {name_of(file), [archive](std::span<std::uint8_t> out) mutable {
                const std::size_t got = archive ? archive->read(out) : 0;
                if (got < out.size() && archive) {
                    while (archive->next()) {
                    }
                    archive = nullptr;
                }
                return got;
            }};
}

std::uint64_t size_of(const SourceFile& file) {
    if (!file.member.empty()) {
        Archive archive(file.path);
        return find_member(archive, file).size;
    }
    Unpacker bytes(file.path);
    if (bytes.is_plain()) return bytes.packed_size();
    std::uint64_t size = xz_size(file.path);
    if (size != 0) return size;
    std::vector<std::uint8_t> waste(piece);
    while (const std::size_t got = bytes.read(waste))
        size += got;
    return size;
}

void read_files(std::span<const SourceFile> files, Threads* threads, const Visit& visit) {
    std::vector<Indices> groups;  // a file each, or the members of an archive
    std::map<std::string, std::size_t> group_of;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].member.empty()) {
            groups.push_back({i});
            continue;
        }
        const auto [place, fresh] = group_of.emplace(files[i].path, groups.size());
        if (fresh) groups.emplace_back();
        groups[place->second].push_back(i);
    }
    const auto read = [&](std::size_t first, std::size_t last, int) {
        for (std::size_t g = first; g < last; ++g) {
            const SourceFile& file = files[groups[g].front()];
            if (!file.member.empty()) {
                read_archive(files, groups[g], visit);
                continue;
            }
            ByteFile bytes = open_file(file.path);
            visit(groups[g].front(), bytes);
        }
    };
    if (threads)
        threads->share(groups.size(), 1, read);
    else
        read(0, groups.size(), 0);
}

}  // namespace crossbar
