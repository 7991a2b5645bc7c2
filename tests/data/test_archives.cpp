// Packed files and archives: xz and gzip sizes, tar of all dialects, members read as files, and
// every kind of damage.
#include <lzma.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "data/formats/archive.hpp"
#include "data/task.hpp"
#include "data_testing.hpp"

using namespace crossbar;
using namespace crossbar::testing;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t block = 512;

Bytes text(const std::string& from) {
    return {from.begin(), from.end()};
}

Bytes read_all(ByteFile& file) {
    Bytes all, piece(1000);
    while (const std::size_t n = file.read(piece))
        all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
    return all;
}

const Bytes end_mark(2 * block);

// That each end of `good`, and each byte of it changed, is an Error of that file or leaves what is
// read as it was. Returns how many changes were such errors.
template <typename Read>
std::size_t refusals(const std::string& path, const Bytes& good, const Read& read) {
    write(path, good);
    const Bytes right = read();
    std::size_t refused = 0;
    const auto attempt = [&](const Bytes& bytes) {
        write(path, bytes);
        Bytes seen;
        const std::string error = crossbar::error_of([&] { seen = read(); });
        if (error == "no error")
            REQUIRE((seen == right));
        else
            REQUIRE_THAT(error, Contains(path));
        return error != "no error";
    };
    constexpr std::size_t mark = 16;  // without its mark a file is not a packed one
    for (std::size_t n = mark; n < good.size(); ++n) {
        CAPTURE(n, good.size());
        REQUIRE(attempt(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n))));
        Bytes bad = good;
        bad[n] ^= 0x15;
        refused += attempt(bad);
    }
    return refused;
}

// An xz file of one block whose header says another dictionary, by its code: 2 | code & 1 times
// 2^(code / 2 + 11) bytes.
Bytes with_dictionary(Bytes xz, std::uint8_t code) {
    constexpr std::size_t header = 12;  // of the stream; then that of the block
    const std::size_t size = (xz[header] + std::size_t{1}) * 4 - 4;
    std::uint8_t* const at = xz.data() + header;
    constexpr std::uint8_t lzma2[] = {0x21, 1};  // with one byte of properties
    std::uint8_t* const filter = std::search(at, at + size, std::begin(lzma2), std::end(lzma2));
    REQUIRE(filter < at + size - 2);
    filter[2] = code;
    const std::uint32_t sum = lzma_crc32(at, size, 0);
    for (std::size_t i = 0; i < 4; ++i)
        at[size + i] = static_cast<std::uint8_t>(sum >> 8 * i);
    return xz;
}

std::string pax(const std::string& key, const std::string& value) {
    std::size_t length = key.size() + value.size() + 3;
    length += fmt::format("{}", length + 2).size();
    return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace

TEST_CASE("xz files are read, and packed files tell their size", "[data]") {
    const Folder folder;
    Bytes bytes(100000);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i * i >> 5);
    const std::string path = folder.file("packed");
    for (const Bytes& stored : {bytes, packed(bytes), packed_xz(bytes)}) {
        write(path, stored);
        ByteFile file = open_file(path);
        REQUIRE(read_all(file) == bytes);
        REQUIRE(file.offset() == bytes.size());
        REQUIRE(size_of({"", path, {}}) == bytes.size());
    }
    // Of several members, and with padding behind them.
    for (const Bytes& stored : {joined({packed_xz(bytes), packed_xz(text("more"))}),
                                joined({packed(bytes), packed(text("more")), Bytes(1000)})}) {
        write(path, stored);
        ByteFile file = open_file(path);
        REQUIRE(read_all(file).size() == bytes.size() + 4);
        REQUIRE(size_of({"", path, {}}) == bytes.size() + 4);
    }
}

TEST_CASE("a small packed file cannot ask for gigabytes", "[data]") {
    const Folder folder;
    const std::string path = folder.file("packed.xz");
    const Bytes bytes = text("few bytes");
    Bytes seen;
    const auto error = [&] {
        return crossbar::error_of([&] {
            ByteFile file = open_file(path);
            seen = read_all(file);
        });
    };
    // Dictionaries of 64 MiB (xz -9), 256 MiB, and of what is beyond it; also behind a good stream.
    const Bytes small = packed_xz(bytes);
    for (const auto& [code, most] : {std::pair{28, true}, {32, true}, {33, false}, {40, false}}) {
        CAPTURE(code);
        const Bytes asking = with_dictionary(small, static_cast<std::uint8_t>(code));
        write(path, asking);
        if (most)
            REQUIRE((error() == "no error" && seen == bytes));
        else
            REQUIRE_THAT(error(),
                         Contains(path) && Contains("of memory to unpack, expected at most 257"));
        REQUIRE(size_of({"", path, {}}) == bytes.size());
        if (most) continue;
        write(path, joined({small, asking}));
        REQUIRE_THAT(error(), Contains("of memory to unpack"));
    }
    // A frame of one byte, with windows of 2^27 and 2^30.
    const auto frame = [](std::uint8_t window) {
        return Bytes{0x28, 0xb5, 0x2f, 0xfd, 0, window, 9, 0, 0, 'f'};
    };
    const std::string zstd = folder.file("packed.zst");
    write(zstd, frame(17 << 3));
    ByteFile file = open_file(zstd);
    REQUIRE(read_all(file) == text("f"));
    write(zstd, frame(20 << 3));
    REQUIRE_THROWS_WITH(open_file(zstd), Contains(zstd) && Contains("too much memory"));
}

TEST_CASE("members that lzma packs in a zip are refused", "[data]") {
    const Folder folder;
    const std::string path = folder.file("a.zip");
    // As Python's zipfile packs "ababab"; the dictionary is bytes 36 to 39.
    const Bytes zip = {0x50, 0x4b, 3,    4,    0x3f, 0,    2,    0,    14,   0,    0,    0,    0x21,
                       0,    0xcb, 0x8c, 0x0b, 0x86, 22,   0,    0,    0,    6,    0,    0,    0,
                       1,    0,    0,    0,    'a',  9,    4,    5,    0,    0x5d, 0,    0,    0x80,
                       0,    0,    0x30, 0x98, 0x9e, 6,    0x10, 0x7b, 0xdf, 0xff, 0xfe, 0xf8, 0x40,
                       0,    0x50, 0x4b, 1,    2,    0x3f, 3,    0x3f, 0,    2,    0,    14,   0,
                       0,    0,    0x21, 0,    0xcb, 0x8c, 0x0b, 0x86, 22,   0,    0,    0,    6,
                       0,    0,    0,    1,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                       0,    0,    0x80, 1,    0,    0,    0,    0,    'a',  0x50, 0x4b, 5,    6,
                       0,    0,    0,    0,    1,    0,    1,    0,    0x2f, 0,    0,    0,    0x35,
                       0,    0,    0,    0,    0};
    write(path, zip);
    REQUIRE(size_of({"", path, "a"}) == 6);
    ByteFile file = open_file({"", path, "a"});
    REQUIRE_THROWS_WITH(read_all(file), Contains(path) && Contains("packed by lzma or xz"));
}

TEST_CASE("what is packed twice is told", "[data]") {
    const Folder folder;
    const std::string path = folder.file("twice");
    const Bytes bytes = records(1);
    for (const Bytes& stored : {packed(packed_xz(bytes)), packed_xz(packed(bytes)),
                                packed_xz(packed_xz(bytes)), packed(packed(bytes))}) {
        write(path, stored);
        REQUIRE_THAT(crossbar::error_of([&] {
                         ByteFile file = open_file(path);
                         read_all(file);
                     }),
                     Contains(path) && Contains("a second time") && Contains("unpack it once"));
    }
}

TEST_CASE("damaged xz files are Errors that name file and offset", "[data]") {
    const Folder folder;
    const std::string path = folder.file("packed.xz");
    const Bytes good = packed_xz(records(3));
    const auto error = [&] {
        try {
            ByteFile file = open_file(path);
            read_all(file);
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("no error");
    };
    for (std::size_t n = 6; n < good.size(); ++n) {
        write(path, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)));
        REQUIRE_THAT(error(), Contains(path) && Contains("truncated"));
        REQUIRE_THROWS_AS(size_of({"", path, {}}), Error);
    }
    for (std::size_t n = 6; n < good.size(); ++n) {
        Bytes bad = good;
        bad[n] ^= 0x15;
        write(path, bad);
        REQUIRE_THAT(error(), Contains(path) && Contains("xz"));
    }
    write(path, joined({good, text("a longer tail")}));
    REQUIRE_THAT(error(), Contains("packed.xz"));
}

TEST_CASE("tar archives of all dialects are walked", "[data]") {
    const Folder folder;
    const std::string path = folder.file("a.tar"), longer(150, 'n');
    Bytes prefixed = tar_member("leaf", text("six"));
    const Bytes big =
        joined({tar_member("ignored", text(pax("path", "pax/name") + pax("size", "5")), 'x'),
                tar_member("short", text("12345"))});
    write(path,
          joined({tar_member("./a", text("one")), tar_member("folder/", {}, '5'),
                  tar_member("global", text(pax("comment", "none")), 'g'),
                  tar_member("link", {}, '2'), big, tar_member("././@LongLink", text(longer), 'L'),
                  tar_member("cut", text("long")), tar_member("empty", {}), prefixed, end_mark}));
    Archive tar(path);
    std::vector<std::string> seen;
    while (const auto found = tar.next()) {
        Bytes data(found->size + 1);
        data.resize(tar.read(data));
        REQUIRE(data.size() == found->size);
        seen.push_back(found->name + "=" + std::string(data.begin(), data.end()));
    }
    REQUIRE(seen == std::vector<std::string>{"a=one", "pax/name=12345", longer + "=long",
                                             "empty=", "leaf=six"});
    REQUIRE(size_of({"", path, "leaf"}) == 3);
    ByteFile file = open_file({"", path, "pax/name"});
    REQUIRE(read_all(file) == text("12345"));
    REQUIRE_THROWS_WITH(open_file({"", path, "none"}), Contains("no member 'none'"));
}

TEST_CASE("damaged tar archives are Errors with the byte", "[data]") {
    const Folder folder;
    const std::string path = folder.file("a.tar");
    const Bytes good = joined({tar_member("a", text("one")), tar_member("b", Bytes(700, 7))});
    const auto error = [&](const Bytes& bytes) {
        write(path, bytes);
        try {
            Archive tar(path);
            while (tar.next()) {
            }
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("no error");
    };
    REQUIRE(error(joined({good, end_mark})) == "no error");
    for (std::size_t n = 0; n < good.size(); n += 37)
        REQUIRE_THAT(error(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n))),
                     Contains(fmt::format("byte {} of the archive", n)) && Contains("truncated"));
    Bytes bad = good;
    bad[block * 2 + 3] ^= 1;
    REQUIRE_THAT(error(bad), Contains("byte 1024 of the archive: Damaged tar archive"));
    for (const std::string record : {"9 path=", "99 path=x\n", "x path=x\n", "path=x\n", "0 a=b\n"})
        REQUIRE_THAT(error(joined({tar_member("p", text(record), 'x'), good, end_mark})),
                     Contains("malformed pax"));
    REQUIRE_THAT(error(joined({tar_member("p", text(pax("size", "-1")), 'x'), good, end_mark})),
                 Contains("of the archive: Tar size attribute is negative"));
    REQUIRE_THAT(
        error(joined({tar_member("p", text(pax("size", "99999999999")), 'x'), good, end_mark})),
        Contains("truncated"));
}

TEST_CASE("bzip2 and zstd are unpacked, and no packed byte can change unseen", "[data]") {
    const Folder folder;
    const std::string path = folder.file("packed");
    const Bytes bytes = joined({records(1), text("an end that is none of the planes")});
    const auto read = [&] {
        ByteFile file = open_file(path);
        return read_all(file);
    };
    for (const LibarchiveChoice packing :
         {archive_write_add_filter_gzip, archive_write_add_filter_bzip2,
          archive_write_add_filter_xz}) {
        const Bytes good = archived(archive_write_set_format_raw, packing, {{"data", bytes}});
        REQUIRE(good.size() < bytes.size() / 4);
        REQUIRE(refusals(path, good, read) >= good.size() - 18);
        write(path, good);
        REQUIRE((read() == bytes));
        REQUIRE(size_of({"", path, {}}) == bytes.size());
        write(path, joined({good, text("tail")}));
        REQUIRE_THROWS_WITH(read(), Contains(path));
    }
    write(path,
          archived(archive_write_set_format_raw, archive_write_add_filter_zstd, {{"data", bytes}}));
    REQUIRE((read() == bytes));
    REQUIRE(size_of({"", path, {}}) == bytes.size());
}

TEST_CASE("what ends a large packed file too soon is told with its byte", "[data]") {
    const Folder folder;
    std::mt19937 random(1);
    Bytes bytes(300000);
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    const std::string path = folder.file("large.gz");
    Bytes good = packed(bytes);
    good.resize(200000);
    write(path, good);
    ByteFile file = open_file(path);
    REQUIRE_THROWS_WITH(read_all(file),
                        Contains("byte 200000 of the packed file") && Contains("truncated gzip"));
}

TEST_CASE("zip archives are read, their sums checked", "[data]") {
    const Folder folder;
    const std::string path = folder.file("a.zip");
    const Bytes one = records(1), two = text("two");
    const Bytes good = archived(archive_write_set_format_zip, archive_write_add_filter_none,
                                {{"a/one", one}, {"a/two", two}, {"a/none", {}}});
    const auto read = [&] {
        Bytes all;
        Archive zip(path);
        while (const auto member = zip.next()) {
            Bytes data(member->size + 1);
            data.resize(zip.read(data));
            all = joined({all, data});
        }
        return all;
    };
    write(path, good);
    REQUIRE(read() == joined({one, two}));
    REQUIRE(size_of({"", path, "a/two"}) == 3);
    ByteFile file = open_file({"", path, "a/one"});
    REQUIRE(read_all(file) == one);
    REQUIRE_THROWS_WITH(open_file({"", path, "none"}), Contains("no member 'none'"));
    for (std::size_t n = 0; n < good.size(); ++n) {
        write(path, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)));
        REQUIRE_THROWS_WITH(read(), Contains(path));
    }
    const std::size_t data = 60, data_end = 200;  // deflated planes of the first member
    for (std::size_t n = data; n < data_end && n + 700 < good.size(); ++n) {
        Bytes bad = good;
        bad[n] ^= 0x15;
        write(path, bad);
        REQUIRE_THROWS_WITH(read(), Contains(path));
    }
}

TEST_CASE("a task finds its files in a zip in place of its tar", "[data]") {
    const Folder folder;
    const Task task = load_task("cifar10");
    std::vector<std::pair<std::string, Bytes>> members;
    for (const TaskFile& file : task.files)
        members.emplace_back(file.name, records(2));
    write(folder.file("cifar-10-binary.zip"),
          archived(archive_write_set_format_zip, archive_write_add_filter_none, members));
    const auto found = find_data(task, {folder.path.string()});
    REQUIRE(found);
    REQUIRE(found->files.size() == task.files.size());
    const TaskData data = read_data(task, *found);
    REQUIRE(data.train.count() == 10);
    REQUIRE(data.label == "subset");
}

TEST_CASE("links are passed over, holes refused, names of all letters known", "[data]") {
    const Folder folder;
    const std::string path = folder.file("a.tar");
    write(path,
          joined({tar_member("hard", {}, '1'), tar_member("soft", {}, '2'),
                  tar_member("pax", text(pax("path", "\xc3\xbc/leaf")), 'x'),
                  tar_member("short", text("12345")), tar_member("../up", text("up")), end_mark}));
    Archive tar(path);
    REQUIRE(tar.next()->name == "\xc3\xbc/leaf");
    REQUIRE(tar.next()->name == "../up");  // a name like any other: nothing is written
    REQUIRE(!tar.next());
    write(path, joined({tar_member("pax",
                                   text(pax("GNU.sparse.size", "1000000000") +
                                        pax("GNU.sparse.numblocks", "1") +
                                        pax("GNU.sparse.map", "999999999,1")),
                                   'x'),
                        tar_member("holes", text("1")), end_mark}));
    REQUIRE_THROWS_WITH(Archive(path).next(), Contains("'holes' has holes"));
}
