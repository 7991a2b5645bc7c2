// Flowers and SVHN: MATLAB files written by matio here, good and damaged, and the real ones.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "base/check.hpp"
#include "data/formats/mat.hpp"
#include "data/readers.hpp"
#include "mat_testing.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

Bytes bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

// SVHN files of N 4 x 3 images; the value of a pixel tells where it is.
std::string write_svhn(const std::string& path, std::size_t images, bool packed,
                       int label_step = 1) {
    Bytes x, y;
    for (std::size_t n = 0; n < images; ++n) {
        y.push_back(static_cast<std::uint8_t>(1 + n * static_cast<std::size_t>(label_step) % 10));
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t column = 0; column < 3; ++column)
                for (std::size_t row = 0; row < 4; ++row)
                    x.push_back(static_cast<std::uint8_t>(100 * c + 10 * row + column + n));
    }
    return write_mat(
        path, {bytes_variable("X", {4, 3, 3, images}, x), bytes_variable("y", {images, 1}, y)},
        packed);
}

}  // namespace

TEST_CASE("SVHN files are turned to rows of pixels", "[readers]") {
    const TestFolder folder;
    for (const bool packed : {false, true}) {
        const ReadRequest request = {{{"train", write_svhn(folder.file("a.mat"), 12, packed), {}},
                                      {"test", write_svhn(folder.file("b.mat"), 5, packed), {}}},
                                     {4, 3, 3},
                                     10,
                                     {},
                                     nullptr,
                                     {}};
        const ImageCounts counts = look_svhn(request);
        REQUIRE(counts.train == 12);
        REQUIRE(counts.test == 5);
        const TaskData data = read_svhn(request);
        REQUIRE(data.train.labels ==
                std::vector<std::uint16_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2});
        REQUIRE(data.test.count() == 5);
        for (std::size_t n = 0; n < 12; ++n)
            for (std::size_t row = 0; row < 4; ++row)
                for (std::size_t column = 0; column < 3; ++column)
                    for (std::size_t c = 0; c < 3; ++c)
                        REQUIRE(data.train.image(n)[(row * 3 + column) * 3 + c] ==
                                100 * c + 10 * row + column + n);
    }
}

TEST_CASE("what is wrong in an SVHN file is said", "[readers]") {
    const TestFolder folder;
    const std::string good = write_svhn(folder.file("a.mat"), 6, true);
    const auto error = [&](const std::string& train, Shape shape, int classes = 10) {
        const ReadRequest request = {
            {{"train", train, {}}, {"test", good, {}}}, shape, classes, {}, nullptr, {}};
        return error_of([&] { read_svhn(request); });
    };
    REQUIRE(error(good, {4, 3, 3}) == "no error");
    REQUIRE_THAT(error(good, {4, 4, 3}), Contains("a.mat") && Contains("4 x 3 x 3 x 6"));
    REQUIRE_THAT(error(good, {4, 3, 3}, 9), Contains("10 classes"));
    const Bytes x(4 * 3 * 3 * 2, 7), y = {3, 11};
    const MatVariable pixels = bytes_variable("X", {4, 3, 3, 2}, x);
    const auto made = [&](const std::vector<MatVariable>& all) {
        return write_mat(folder.file("c.mat"), all);
    };
    REQUIRE_THAT(error(made({pixels, bytes_variable("y", {2, 1}, y)}), {4, 3, 3}),
                 Contains("value 2 of 'y' is 11"));
    REQUIRE_THAT(error(made({pixels, bytes_variable("y", {1, 1}, y)}), {4, 3, 3}),
                 Contains("1 labels for 2 images"));
    REQUIRE_THAT(error(made({pixels}), {4, 3, 3}), Contains("no variable 'y'"));
    const std::vector<double> half = {1.5, 2}, many(72, 3);
    REQUIRE_THAT(error(made({pixels, doubles("y", half)}), {4, 3, 3}), Contains("is 1.5"));
    REQUIRE_THAT(error(made({doubles("X", many), bytes_variable("y", {1, 1}, y)}), {4, 3, 3}),
                 Contains("expected 9 (uint8)"));
}

TEST_CASE("damaged MATLAB files are an Error or sound data", "[readers]") {
    const TestFolder folder;
    const std::string test = write_svhn(folder.file("test.mat"), 3, true);
    for (const bool packed : {false, true}) {
        const Bytes good = bytes_of(write_svhn(folder.file("good.mat"), 20, packed, 3));
        const auto read = [&](const Bytes& bytes) {
            const ReadRequest request = {
                {{"train", folder.write("damaged.mat", bytes), {}}, {"test", test, {}}},
                {4, 3, 3},
                10,
                {},
                nullptr,
                {}};
            error_of([&] { look_svhn(request); });
            const TaskData data = read_svhn(request);
            if (data.train.pixels.size() != data.train.count() * 36) throw data.train.count();
        };
        const Damage seen = damage(good, read, 150);
        REQUIRE(seen.refused == seen.tried);
        if (!packed) continue;
        // A changed byte of packed data never goes unseen.
        Bytes changed = good;
        changed[good.size() - 20] ^= 1;
        const std::string path = folder.write("changed.mat", changed);
        REQUIRE_THAT(error_of([&] { MatFile(path).integers("y", 1, 10); }),
                     Contains("changed.mat: byte "));
    }
    REQUIRE_THAT(error_of([&] { MatFile file(folder.write("h5.mat", Bytes(600, 'H'))); }),
                 Contains("byte 124: not a MATLAB 5 file"));
}

TEST_CASE("what a MATLAB file packs is believed no more than the file", "[readers]") {
    const TestFolder folder;
    const Bytes good = bytes_of(write_svhn(folder.file("good.mat"), 2, false));
    const auto error = [&](Bytes bytes) {
        pack_elements(bytes);
        const std::string path = folder.write("a.mat", bytes);
        return error_of([&] {
            MatFile(path).bytes("X");
            MatFile(path).integers("y", 1, 10);
        });
    };
    REQUIRE(error(good) == "no error");
    // The element of X begins at byte 128: its tag, 16 bytes of flags, then the tag of the sides.
    for (std::size_t at = 128 + 8; at < 300; ++at)
        for (const int value : {0x00, 0x01, 0x7f, 0xff}) {
            Bytes bytes = good;
            bytes[at] = static_cast<std::uint8_t>(value);
            const std::string said = error(bytes);
            REQUIRE((said == "no error" || said.find("a.mat: ") != said.npos));
        }
    Bytes many = good;
    many[128 + 24 + 7] = 0x40;  // 2^30 bytes of sides
    REQUIRE_THAT(error(many), Contains("a.mat: byte 24 of the data packed at byte 136: an element "
                                       "of 1073741840 bytes, but"));
    Bytes huge = good;
    huge[128 + 32 + 3] = 0x40;  // 2^30 rows and more
    REQUIRE_THAT(error(huge), Contains("'X' has 72 bytes of values, expected 1073741828 x 3 x 3"));
}

// y = [-5 0 300] of 16 bits, its name in a short element.
Bytes mat_by_hand(bool little) {
    Bytes file(124, ' ');
    const auto append = [&](std::uint32_t value, int size = 4) {
        for (int i = 0; i < size; ++i)
            file.push_back(static_cast<std::uint8_t>(value >> 8 * (little ? i : size - 1 - i)));
    };
    append(0x0100, 2);
    append(0x4d49, 2);  // "MI", or turned round
    for (const std::uint32_t word : {14u, 56u, 6u, 8u, 10u, 0u, 5u, 8u, 1u, 3u, 1u << 16 | 1u})
        append(word);
    for (const char c : {'y', '\0', '\0', '\0'})
        file.push_back(static_cast<std::uint8_t>(c));
    for (const std::uint32_t word : {3u, 6u})
        append(word);
    for (const int value : {-5, 0, 300, 0})
        append(static_cast<std::uint32_t>(value), 2);
    return file;
}

TEST_CASE("MATLAB files are of either byte order", "[readers]") {
    const TestFolder folder;
    for (const bool little : {true, false}) {
        const MatFile file(folder.write("a.mat", mat_by_hand(little)));
        REQUIRE(file.sides("y") == std::vector<std::size_t>{1, 3});
        REQUIRE(file.integers("y", -5, 300) == std::vector<int>{-5, 0, 300});
        REQUIRE_THAT(error_of([&] { file.integers("y", -4, 300); }), Contains("is -5"));
    }
}

TEST_CASE("the 102 flowers follow their labels and splits", "[readers]") {
    const TestFolder folder;
    for (const int n : {1, 2, 3, 4, 6, 7})
        folder.write(fmt::format("jpg/image_{:05}.jpg", n),
                     encode_jpeg({8, 8, 3, false, 8}, [n](int, int, int) { return 30 * n; }));
    folder.write("jpg/notes.txt", std::string("no image"));
    const Bytes labels = {2, 1, 2, 1, 1, 2, 1};
    const std::vector<double> train = {1, 2}, valid = {3, 5}, test = {7, 6, 4};
    ReadRequest request = {
        {{"images", folder.file("jpg"), {}},
         {"labels",
          write_mat(folder.file("l.mat"), {bytes_variable("labels", {1, 7}, labels)}),
          {}},
         {"splits",
          write_mat(folder.file("s.mat"),
                    {doubles("trnid", train), doubles("valid", valid), doubles("tstid", test)}),
          {}}},
        {8, 8, 3},
        2,
        {},
        nullptr,
        {}};
    const ImageCounts counts = look_flowers(request);
    REQUIRE(counts.train == 3);
    REQUIRE(counts.test == 3);
    REQUIRE(counts.absent == 1);
    REQUIRE(counts.lacking.empty());
    const TaskData data = read_flowers(request);
    REQUIRE(data.train.labels == std::vector<std::uint16_t>{0, 1, 1});
    REQUIRE(std::abs(data.train.image(0)[0] - 60) <= 2);
    REQUIRE(data.test.labels == std::vector<std::uint16_t>{0, 1, 0});
    REQUIRE(std::abs(data.test.image(0)[0] - 210) <= 2);

    const std::vector<double> twice = {7, 6, 1};
    write_mat(folder.file("s.mat"),
              {doubles("trnid", train), doubles("valid", valid), doubles("tstid", twice)});
    REQUIRE_THAT(error_of([&] { look_flowers(request); }), Contains("image 1 is named twice"));
    request.classes = 3;
    write_mat(folder.file("s.mat"),
              {doubles("trnid", train), doubles("valid", valid), doubles("tstid", test)});
    REQUIRE(look_flowers(request).lacking ==
            "2 of 3 classes; 1 picture listed but missing, the first: image_0005.jpg");
    request.classes = 1;
    REQUIRE_THAT(error_of([&] { look_flowers(request); }), Contains("value 1 of 'labels' is 2"));
}

TEST_CASE("the 17 flowers are 80 a class, split by file or by rule", "[readers]") {
    const TestFolder folder;
    const Bytes image = encode_jpeg({8, 8, 3, false, 8}, [](int, int, int) { return 99; });
    for (int n = 1; n <= 160; ++n)
        folder.write(fmt::format("jpg/image_{:04}.jpg", n), image);
    ReadRequest request = {
        {{"images", folder.file("jpg"), {}}}, {8, 8, 3}, 2, {60, 20, 0}, nullptr, {}};
    const TaskData by_rule = read_flowers(request);
    REQUIRE(by_rule.train.count() == 120);
    REQUIRE(std::count(by_rule.train.labels.begin(), by_rule.train.labels.end(), 1) == 60);
    REQUIRE(std::count(by_rule.test.labels.begin(), by_rule.test.labels.end(), 0) == 20);
    const std::vector<double> train = {1, 81, 160}, valid = {80}, test = {2, 82};
    request.files.push_back(
        {"splits",
         write_mat(folder.file("d.mat"),
                   {doubles("trn1", train), doubles("val1", valid), doubles("tst1", test)}),
         {}});
    const TaskData by_file = read_flowers(request);
    REQUIRE(by_file.train.labels == std::vector<std::uint16_t>{0, 1, 0, 1});
    REQUIRE(by_file.test.labels == std::vector<std::uint16_t>{0, 1});
    folder.write("jpg/image_0161.jpg", image);
    request.files.pop_back();
    REQUIRE_THAT(error_of([&] { look_flowers(request); }), Contains("image 161"));
}

TEST_CASE("real flowers and house numbers", "[readers]") {
    if (real_folder("102flowers-small").empty() || real_folder("svhn").empty()) {
        WARN("CROSSBAR_DATA does not hold them: not tested");
        return;
    }
    const Shape shape = {119, 119, 3};
    const auto of = [&](const std::string& name) {
        return ReadRequest{{{"images", real_folder(name + "/jpg"), {}},
                            {"labels", real_folder(name + "/imagelabels.mat"), {}},
                            {"splits", real_folder(name + "/setid.mat"), {}}},
                           shape,
                           102,
                           {},
                           nullptr,
                           {}};
    };
    ImageCounts counts = look_flowers(of("102flowers-small"));
    REQUIRE(counts.train == 2040);
    REQUIRE(counts.test == 2040);
    REQUIRE(counts.absent == 8189 - 4080);
    REQUIRE(counts.lacking.empty());
    counts = look_flowers(of("102flowers"));
    REQUIRE(counts.train == 12);
    REQUIRE(counts.test == 6);
    REQUIRE_THAT(counts.lacking, Catch::StartsWith("3 of 102 classes; 8171 pictures listed but"));

    ReadRequest request = {
        {{"images", real_folder("17flowers-small/jpg"), {}}}, shape, 17, {60, 20, 0}, nullptr, {}};
    counts = look_flowers(request);
    REQUIRE(counts.train == 17 * 60);
    REQUIRE(counts.test == 17 * 20);
    request.files[0].path = real_folder("17flowers/jpg");
    request.classes = 3;
    request.split = {4, 2, 0};
    REQUIRE(read_flowers(request).train.count() == 12);

    const std::string digits = real_folder("svhn/test_32x32.mat");
    const TaskData data = read_svhn(
        {{{"train", digits, {}}, {"test", digits, {}}}, {32, 32, 3}, 10, {}, nullptr, {}});
    REQUIRE(data.test.count() == 100);
    std::vector<int> of_label(10);
    for (const std::uint16_t label : data.test.labels)
        ++of_label[label];
    REQUIRE(of_label == std::vector<int>{6, 27, 13, 7, 12, 8, 10, 4, 6, 7});
}
