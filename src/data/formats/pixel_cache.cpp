// A key of sources, sizes and times, and a file of pixels under that key.
#include "data/formats/pixel_cache.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "base/replace_file.hpp"

namespace crossbar {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t file_version = 2;
constexpr char magic[9] = "crossbar";

struct CacheHeader {
    std::array<char, 8> magic;
    std::uint64_t version, stamp, train, test, image_bytes, marks, checksum;
    bool operator==(const CacheHeader&) const = default;
};
static_assert(sizeof(CacheHeader) == 64);

template <typename T>
std::uint64_t add(std::uint64_t hash, const T& value) {
    return fingerprint(&value, sizeof value, hash);
}

std::uint64_t add(std::uint64_t hash, const std::string& text) {
    return add(fingerprint(text.data(), text.size(), hash), text.size());
}

// Size and time of change; what cannot be told never agrees with a cache written before, because
// reading the source then fails first.
std::uint64_t add_state(std::uint64_t hash, const std::string& path) {
    std::error_code error;
    hash = add(hash, static_cast<std::uint64_t>(fs::file_size(path, error)));
    return add(hash, static_cast<std::int64_t>(
                         fs::last_write_time(path, error).time_since_epoch().count()));
}

// Of the images' own fingerprints in their order, so that threads can share them.
std::uint64_t checksum_of(const TaskData& data, std::span<const std::uint8_t> marks,
                          Threads* threads) {
    std::uint64_t hash = fingerprint_start;
    for (const Dataset* set : {&data.train, &data.test}) {
        std::vector<std::uint64_t> each(set->count());
        const auto work = [&](std::size_t first, std::size_t last, int) {
            for (std::size_t i = first; i < last; ++i)
                each[i] = fingerprint(set->image(i).data(), set->shape.size(), fingerprint_start);
        };
        if (threads)
            threads->share(each.size(), 64, work);
        else
            work(0, each.size(), 0);
        hash = fingerprint(each.data(), each.size() * sizeof each[0], hash);
    }
    return fingerprint(marks.data(), marks.size(), hash);
}

CacheHeader header_of(const TaskData& data, std::span<const std::uint8_t> marks,
                      std::uint64_t stamp) {
    CacheHeader header{{},
                       file_version,
                       stamp,
                       data.train.count(),
                       data.test.count(),
                       data.train.shape.size(),
                       marks.size(),
                       0};
    std::copy_n(magic, header.magic.size(), header.magic.begin());
    return header;
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

PixelCache::PixelCache(const ReadRequest& request, std::uint64_t version,
                       const std::vector<std::vector<std::string>>& sources) {
    if (request.cache.empty()) return;
    std::uint64_t name = add(fingerprint_start, request.shape);
    std::uint64_t state = add(fingerprint_start, version);
    for (const std::vector<std::string>& part : sources) {
        for (const std::string& path : part) {
            std::error_code error;
            const std::string whole = fs::absolute(path, error).string();
            name = add(name, whole);
            state = add_state(add(state, whole), path);
        }
        name = add(name, part.size());
    }
    path_ = (fs::path(request.cache) / fmt::format("pixels-{:016x}.cache", name)).string();
    stamp_ = add(state, name);
}

bool PixelCache::read(TaskData& data, std::span<std::uint8_t> marks, Threads* threads) const {
    if (path_.empty()) return false;
    CacheHeader expected = header_of(data, marks, stamp_);
    CacheHeader header{};
    const std::uint64_t bytes =
        (expected.train + expected.test) * expected.image_bytes + expected.marks;
    std::error_code error;
    if (fs::file_size(path_, error) != sizeof header + bytes || error) return false;
    std::ifstream in(path_, std::ios::binary);
    in.read(reinterpret_cast<char*>(&header), sizeof header);
    expected.checksum = header.checksum;
    if (!in || header != expected) return false;
    for (Dataset* set : {&data.train, &data.test}) {
        set->pixels.resize(set->count() * expected.image_bytes);
        in.read(reinterpret_cast<char*>(set->pixels.data()),
                static_cast<std::streamsize>(set->pixels.size()));
    }
    in.read(reinterpret_cast<char*>(marks.data()), static_cast<std::streamsize>(marks.size()));
    if (in && checksum_of(data, marks, threads) == header.checksum) return true;
    std::fill(marks.begin(), marks.end(), std::uint8_t{0});
    data.train.pixels.clear();
    data.test.pixels.clear();
    return false;
}

void PixelCache::write(const TaskData& data, std::span<const std::uint8_t> marks,
                       Threads* threads) const {
    if (path_.empty()) return;
    CacheHeader header = header_of(data, marks, stamp_);
    header.checksum = checksum_of(data, marks, threads);
    std::string head(sizeof header, '\0');
    std::memcpy(head.data(), &header, sizeof header);
    std::error_code ignored;
    fs::create_directories(fs::path(path_).parent_path(), ignored);
    try {
        const std::array<std::string_view, 4> pieces = {head, text_of(data.train.pixels),
                                                        text_of(data.test.pixels), text_of(marks)};
        replace_file(path_, pieces);
    } catch (const Error&) {
        // A full disk or a folder that may not be written: the next run decodes again.
    }
}

}  // namespace crossbar
