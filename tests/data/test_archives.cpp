// Packed files and archives: xz and gzip sizes, tar of all dialects, members read as files, and
// every kind of damage. CIFAR's records, which come in all of these, and STL-10's.
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

std::string pax(const std::string& key, const std::string& value) {
    std::size_t length = key.size() + value.size() + 3;
    length += fmt::format("{}", length + 2).size();
    return fmt::format("{} {}={}\n", length, key, value);
}

// `count` records of the label i % 10, their planes 3 i, 3 i + 1 and 3 i + 2.
Bytes records(int count, std::size_t labels = 1) {
    Bytes all;
    for (int i = 0; i < count; ++i) {
        all.insert(all.end(), labels, static_cast<std::uint8_t>(i % 10));
        for (int c = 0; c < 3; ++c)
            all.insert(all.end(), 1024, static_cast<std::uint8_t>(3 * i + c));
    }
    return all;
}

// Train records in two files, test records in one, together in a tar.
struct Cifar : Folder {
    Bytes tar =
        joined({tar_member("./bin/one", records(4)), tar_member("bin", {}, '5'),
                tar_member("bin/two", records(3)), tar_member("bin/test", records(2)), end_mark});
    ReadRequest in_archive(const std::string& name) const {
        const std::string archive = file(name);
        return {{{"train", archive, "bin/two"},
                 {"train", archive, "bin/one"},
                 {"test", archive, "bin/test"}},
                {32, 32, 3},
                10,
                {},
                nullptr};
    }
};

void require_sound(const TaskData& data) {
    REQUIRE(data.train.count() == 7);
    REQUIRE(data.test.count() == 2);
    REQUIRE(data.train.labels == std::vector<std::uint16_t>{0, 1, 2, 0, 1, 2, 3});
    const std::span<const std::uint8_t> image = data.train.image(6);
    REQUIRE(Bytes(image.begin(), image.begin() + 6) == Bytes{9, 10, 11, 9, 10, 11});
}

std::string error_of(const ReadRequest& request) {
    try {
        read_cifar(request);
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
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

TEST_CASE("CIFAR records are read from files and from archives of every kind", "[data]") {
    const Cifar cifar;
    Threads threads(2);
    for (const Bytes& stored : {cifar.tar, packed(cifar.tar), packed_xz(cifar.tar)}) {
        write(cifar.file("all.tar"), stored);
        ReadRequest request = cifar.in_archive("all.tar");
        std::swap(request.files[0], request.files[1]);
        TaskData data = read_cifar(request);
        REQUIRE(data.train.labels == std::vector<std::uint16_t>{0, 1, 2, 3, 0, 1, 2});
        request.threads = &threads;
        std::swap(request.files[0], request.files[1]);
        require_sound(read_cifar(request));
        REQUIRE(look_cifar(request).train == 7);
        REQUIRE(look_cifar(request).test == 2);
    }
    write(cifar.file("two"), records(3));
    write(cifar.file("one"), packed(records(4)));
    write(cifar.file("test"), packed_xz(records(2)));
    ReadRequest request = cifar.in_archive("none");
    for (SourceFile& file : request.files)
        file = {file.role, cifar.file(file.member.substr(4)), {}};
    request.threads = &threads;
    require_sound(read_cifar(request));
    REQUIRE(look_cifar(request).train == 7);
}

TEST_CASE("CIFAR-100 records have a coarse label before the one that counts", "[data]") {
    const Folder folder;
    Bytes two = records(2, 2);
    two[0] = 255;
    two[1] = 99;
    write(folder.file("train"), two);
    ReadRequest request = {
        {{"train", folder.file("train"), {}}, {"test", folder.file("train"), {}}},
        {32, 32, 3},
        100};
    REQUIRE(read_cifar(request).train.labels == std::vector<std::uint16_t>{99, 1});
    two[1] = 100;
    write(folder.file("train"), two);
    REQUIRE_THAT(error_of(request), Contains("train: byte 1: label 100, expected 0 to 99"));
}

TEST_CASE("STL-10 planes of columns become pixels", "[data]") {
    const Folder folder;
    // Two images of 2 rows and 3 columns; value = 100 image + 10 channel + place in the plane.
    Bytes planes;
    for (int image = 0; image < 2; ++image)
        for (int c = 0; c < 3; ++c)
            for (int i = 0; i < 6; ++i)
                planes.push_back(static_cast<std::uint8_t>(100 * image + 10 * c + i));
    ReadRequest request = {{{"train_images", folder.file("train_X"), {}},
                            {"train_labels", folder.file("train_y"), {}},
                            {"test_images", folder.file("test_X"), {}},
                            {"test_labels", folder.file("test_y"), {}}},
                           {2, 3, 3},
                           10};
    write(folder.file("train_X"), planes);
    write(folder.file("train_y"), {1, 10});
    write(folder.file("test_X"), packed(Bytes(planes.begin(), planes.begin() + 18)));
    write(folder.file("test_y"), {5});
    REQUIRE(look_stl10(request).train == 2);
    REQUIRE(look_stl10(request).test == 1);
    Threads threads(2);
    request.threads = &threads;
    const TaskData data = read_stl10(request);
    REQUIRE(data.train.labels == std::vector<std::uint16_t>{0, 9});
    REQUIRE(data.test.labels == std::vector<std::uint16_t>{4});
    const std::span<const std::uint8_t> second = data.train.image(1);
    REQUIRE(Bytes(second.begin(), second.end()) == Bytes{100, 110, 120, 102, 112, 122, 104, 114,
                                                         124, 101, 111, 121, 103, 113, 123, 105,
                                                         115, 125});

    const auto error = [&](const std::string& name, const Bytes& bytes, const Bytes& good) {
        write(folder.file(name), bytes);
        std::string text = "no error";
        try {
            read_stl10(request);
        } catch (const Error& e) {
            text = e.what();
        }
        write(folder.file(name), good);
        return text;
    };
    REQUIRE_THAT(error("train_y", {1, 11}, {1, 10}), Contains("train_y: byte 1: label 11"));
    REQUIRE_THAT(error("train_y", {0, 1}, {1, 10}), Contains("train_y: byte 0: label 0"));
    REQUIRE_THAT(error("train_y", {1}, {1, 10}), Contains("train_y: 1 labels, expected 2"));
    REQUIRE_THAT(error("train_X", Bytes(20), planes), Contains("train_X: byte 20: the data end"));
    REQUIRE_THAT(error("train_X", {}, planes), Contains("train_X: byte 0: the file is empty"));
    write(folder.file("train_X"), Bytes(20));
    REQUIRE_THROWS_WITH(look_stl10(request), Contains("train_X: 20 bytes, expected"));
}

TEST_CASE("damaged CIFAR files are Errors that name file and offset", "[data]") {
    const Cifar cifar;
    const std::string path = cifar.file("all.tar");
    const ReadRequest request = cifar.in_archive("all.tar");
    write(path, joined({tar_member("bin/one", records(1)), tar_member("bin/test", records(1)),
                        end_mark}));
    REQUIRE_THAT(error_of(request), Contains(path + ": the archive has no member 'bin/two'"));
    Bytes wrong = records(2);
    wrong[3073] = 10;
    const auto with_two = [&](const Bytes& two) {
        write(path, joined({tar_member("bin/one", records(1)), tar_member("bin/two", two),
                            tar_member("bin/test", records(1)), end_mark}));
        return error_of(request);
    };
    REQUIRE_THAT(with_two(wrong), Contains(path + ": bin/two: byte 3073: label 10"));
    REQUIRE_THAT(with_two({}), Contains("bin/two: byte 0: the file is empty"));
    wrong.resize(5000);
    REQUIRE_THAT(with_two(wrong), Contains("bin/two: byte 5000: the data end here, expected 1146"));
    const Bytes pickle = joined({{0x80, 2, '}'}, Bytes(4000)});
    write(path, joined({tar_member("bin/one", records(1)), Bytes(1024)}));
    ReadRequest alone = request;
    write(cifar.file("batch"), pickle);
    alone.files[0] = {"train", cifar.file("batch"), {}};
    REQUIRE_THROWS_WITH(look_cifar(alone), Contains("batch: 4003 bytes, expected") &&
                                               Contains("a Python pickle); the binary version"));
    ReadRequest grey = request;
    grey.shape = {32, 32, 1};
    REQUIRE_THAT(error_of(grey), Contains("32x32x3"));
}

TEST_CASE("the real STL-10 files without their training images are read and said to lack them",
          "[data]") {
    const char* root = std::getenv("CROSSBAR_DATA");
    const Task task = load_task("stl10");
    auto found = find_data(task, data_folders(task, {}, root ? root : "", ""));
    if (!found) {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    if (!found->counts.lacking.empty()) {
        REQUIRE_THAT(found->counts.lacking, Contains("train_X.bin"));
        REQUIRE_THROWS_WITH(read_data(task, *found),
                            Contains("cannot train") && Contains("train_X.bin"));
    }
    // The test part alone, taken for both.
    ReadRequest request = {{}, task.shape, task.classes};
    for (const SourceFile& file : found->files)
        if (file.role.starts_with("test")) {
            request.files.push_back(file);
            request.files.push_back({"train" + file.role.substr(4), file.path, file.member});
        }
    const TaskData data = read_stl10(request);
    REQUIRE(data.train.count() == look_stl10(request).train);
    REQUIRE(data.test.pixels == data.train.pixels);
    if (data.test.count() != 10) return;
    REQUIRE(data.test.labels == std::vector<std::uint16_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    // Photographs are smooth both ways; with rows and columns mixed up they would not be.
    const auto roughness = [&](std::size_t step) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i + step < data.test.pixels.size(); ++i)
            sum += static_cast<std::uint64_t>(
                std::abs(data.test.pixels[i] - data.test.pixels[i + step]));
        return static_cast<double>(sum) / static_cast<double>(data.test.pixels.size());
    };
    REQUIRE(roughness(3) < 20);
    REQUIRE(roughness(96 * 3) < 20);
}
