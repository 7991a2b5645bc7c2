// CIFAR's records, from files and from archives of every kind, and STL-10's planes.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/check.hpp"
#include "base/parallel.hpp"
#include "data/task.hpp"
#include "data_testing.hpp"

using namespace crossbar;
using namespace crossbar::testing;
using Catch::Matchers::Contains;

namespace {

const Bytes tar_end(2 * 512);

// Train records in two files, test records in one, together in a tar.
struct Cifar : Folder {
    Bytes tar =
        joined({tar_member("./bin/one", records(4)), tar_member("bin", {}, '5'),
                tar_member("bin/two", records(3)), tar_member("bin/test", records(2)), tar_end});
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

std::string read_error(const ReadRequest& request) {
    try {
        read_cifar(request);
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace

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
    REQUIRE_THAT(read_error(request), Contains("train: byte 1: label 100, expected 0 to 99"));
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
    write(path,
          joined({tar_member("bin/one", records(1)), tar_member("bin/test", records(1)), tar_end}));
    REQUIRE_THAT(read_error(request), Contains(path + ": the archive has no member 'bin/two'"));
    Bytes wrong = records(2);
    wrong[3073] = 10;
    const auto with_two = [&](const Bytes& two) {
        write(path, joined({tar_member("bin/one", records(1)), tar_member("bin/two", two),
                            tar_member("bin/test", records(1)), tar_end}));
        return read_error(request);
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
    REQUIRE_THAT(read_error(grey), Contains("32x32x3"));
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
