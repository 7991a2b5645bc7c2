// IDX files that are not as MNIST's: other types and dimensions, transposed images, labels that
// begin elsewhere or stand in columns. What is no IDX file is told in words.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>

#include "base/check.hpp"
#include "data/readers.hpp"
#include "data_testing.hpp"

using namespace crossbar;
using namespace crossbar::testing;
using Catch::Matchers::Contains;

namespace {

void append(Bytes& to, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
        to.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

Bytes header(std::uint8_t type, const std::vector<std::uint32_t>& sizes) {
    Bytes file = {0, 0, type, static_cast<std::uint8_t>(sizes.size())};
    for (const std::uint32_t size : sizes)
        append(file, size, 4);
    return file;
}

// The values as elements of a type: 8, 9, 11, 12 whole numbers, 13 and 14 floats.
Bytes elements(std::uint8_t type, const std::vector<double>& values) {
    Bytes bytes;
    for (const double v : values) {
        const auto whole = static_cast<std::uint64_t>(static_cast<std::int64_t>(v));
        if (type == 8 || type == 9) append(bytes, whole, 1);
        if (type == 11) append(bytes, whole, 2);
        if (type == 12) append(bytes, whole, 4);
        if (type == 13) append(bytes, std::bit_cast<std::uint32_t>(static_cast<float>(v)), 4);
        if (type == 14) append(bytes, std::bit_cast<std::uint64_t>(v), 8);
    }
    return bytes;
}

// Two images of 2 x 3 for both parts, pixels 0 to 11 unless others are written; labels 0 and 1.
struct Pair : Folder {
    ReadRequest request = {{{"train_images", file("images")},
                            {"train_labels", file("labels")},
                            {"test_images", file("images")},
                            {"test_labels", file("labels")}},
                           {2, 3, 1},
                           2};
    Pair() {
        images(8, {2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
        labels(8, {2}, {0, 1});
    }
    void images(std::uint8_t type, const std::vector<std::uint32_t>& sizes,
                const std::vector<double>& values) const {
        write(file("images"), joined({header(type, sizes), elements(type, values)}));
    }
    void labels(std::uint8_t type, const std::vector<std::uint32_t>& sizes,
                const std::vector<double>& values) const {
        write(file("labels"), joined({header(type, sizes), elements(type, values)}));
    }
    Bytes pixels() const { return read_idx(request).train.pixels; }
    std::vector<std::uint16_t> classes() const { return read_idx(request).train.labels; }
    std::string error() const {
        try {
            read_idx(request);
        } catch (const Error& e) {
            return e.what();
        }
        return "no error";
    }
};

constexpr std::uint8_t all_types[] = {8, 9, 11, 12, 13, 14};
const Bytes counted = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

}  // namespace

TEST_CASE("IDX elements of every type become pixels", "[data]") {
    const Pair pair;
    std::vector<double> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    std::vector<double> units;
    for (const double v : values)
        units.push_back(v / 11);
    Bytes seen = counted;
    seen[11] = 128;
    values[11] = 127.5;
    for (const std::uint8_t type : {std::uint8_t{13}, std::uint8_t{14}}) {
        pair.images(type, {2, 2, 3}, values);
        REQUIRE_THAT(pair.error(), Contains("floats, which run from 0 to 127.5"));
    }
    values[11] = 128;
    for (const std::uint8_t type : all_types) {
        if (type == 9) continue;  // goes up to 127
        pair.images(type, {2, 2, 3}, values);
        REQUIRE(pair.pixels() == seen);
        REQUIRE(look_idx(pair.request).train == 2);
    }
    pair.images(13, {2, 2, 3}, units);
    REQUIRE(pair.pixels() == Bytes{0, 23, 46, 70, 93, 116, 139, 162, 185, 209, 232, 255});
}

TEST_CASE("IDX elements that are no pixels are refused by their range", "[data]") {
    const Pair pair;
    const std::vector<double> zeros(11);
    const auto with = [&](std::uint8_t type, double last) {
        std::vector<double> values = zeros;
        values.push_back(last);
        pair.images(type, {2, 2, 3}, values);
        return pair.error();
    };
    REQUIRE_THAT(with(9, -1), Contains("2 x 2 x 3 signed bytes, which run from -1 to 0"));
    REQUIRE_THAT(with(11, 256), Contains("16-bit integers, which run from 0 to 256"));
    REQUIRE_THAT(with(12, 1), Contains("32-bit integers, which run from 0 to 1"));
    REQUIRE_THAT(with(11, 16), Contains("run from 0 to 16"));
    REQUIRE_THAT(with(13, 1.01), Contains("run from 0 to 1.01"));
    REQUIRE_THAT(with(9, 127), Contains("2 x 2 x 3 signed bytes, which run from 0 to 127"));
    REQUIRE_THAT(with(13, -0.5), Contains("32-bit floats, which run from -0.5 to 0"));
    REQUIRE_THAT(with(14, std::nan("")), Contains("byte 104: a pixel is nan"));
    REQUIRE_THAT(with(14, 1e300), Contains("1e+300"));
    // Both parts on one scale.
    ReadRequest request = pair.request;
    request.files[2].path = pair.file("test");
    pair.images(13, {2, 2, 3}, std::vector<double>(12, 0.5));
    write(pair.file("test"),
          joined({header(13, {2, 2, 3}), elements(13, std::vector<double>(12, 200))}));
    REQUIRE_THROWS_WITH(read_idx(request), Contains("test: its pixels run from 0 to 255") &&
                                               Contains("training images from 0 to 1"));
}

TEST_CASE("IDX images of other dimensions are read where they fit", "[data]") {
    Pair pair;
    const std::vector<double> values(counted.begin(), counted.end());
    for (const std::vector<std::uint32_t>& sizes :
         {std::vector<std::uint32_t>{2, 6}, {2, 2, 3, 1}, {2, 1, 2, 3}}) {
        pair.images(8, sizes, values);
        REQUIRE(pair.pixels() == counted);
    }
    pair.images(8, {12}, values);
    REQUIRE_THAT(pair.error(),
                 Contains("byte 0: 12 unsigned bytes, expected images: a count x 2 x 3"));
    pair.images(8, {3, 4}, values);
    REQUIRE_THAT(pair.error(), Contains("3 x 4 unsigned bytes, expected images"));
    pair.images(8, {2, 3, 2}, values);
    REQUIRE_THAT(pair.error(), Contains("byte 8: the number of rows is 3, expected 2"));
    // Two images of 2 x 1 and three channels, pixel by pixel and plane by plane.
    pair.request.shape = {2, 1, 3};
    pair.images(8, {2, 2, 1, 3}, values);
    REQUIRE(pair.pixels() == counted);
    pair.images(8, {2, 3, 2, 1}, values);
    REQUIRE(pair.pixels() == Bytes{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11});
    pair.images(8, {2, 6}, values);
    REQUIRE_THAT(pair.error(), Contains("expected images: a count x 2 x 1 x 3"));
    pair.request.shape = {2, 2, 2};
    pair.images(8, {1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
    REQUIRE_THAT(pair.error(), Contains("are the channels the first"));
}

TEST_CASE("transposed IDX images are turned", "[data]") {
    Pair pair;
    pair.request.transposed = true;
    REQUIRE_THAT(pair.error(), Contains("the number of rows is 2, expected 3"));
    pair.images(8, {2, 3, 2}, std::vector<double>(counted.begin(), counted.end()));
    REQUIRE(pair.pixels() == Bytes{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11});
    // The middle of 3 x 4 (as they lie) is 2 x 2, and that is turned.
    pair.request.shape = {2, 2, 1};
    pair.images(8, {1, 3, 4}, std::vector<double>(counted.begin(), counted.end()));
    pair.labels(8, {1}, {0});
    REQUIRE(read_idx_middle(pair.request).train.pixels == Bytes{1, 5, 2, 6});
}

TEST_CASE("labels may begin elsewhere, be of any type, or stand in QMNIST's columns", "[data]") {
    Pair pair;
    pair.request.classes = 3;
    for (const std::uint8_t type : all_types) {
        pair.labels(type, {2}, {2, 1});
        REQUIRE(pair.classes() == std::vector<std::uint16_t>{2, 1});
    }
    pair.labels(12, {2, 8}, {2, 0, 9, 9, 9, 9, 9, 0, 1, 0, 8, 8, 8, 8, 8, 0});
    REQUIRE(pair.classes() == std::vector<std::uint16_t>{2, 1});
    pair.labels(8, {2, 1}, {2, 1});
    REQUIRE(pair.classes() == std::vector<std::uint16_t>{2, 1});
    pair.labels(8, {2, 3}, {0, 0, 1, 0, 1, 0});
    REQUIRE_THAT(pair.error(), Contains("2 x 3 unsigned bytes, expected labels"));
    pair.labels(13, {2}, {1.5, 1});
    REQUIRE_THAT(pair.error(), Contains("label 1.5, expected a whole number"));
    pair.labels(11, {2}, {-1, 1});
    REQUIRE_THAT(pair.error(),
                 Contains("byte 8: label -1, expected 0 to 2") && !Contains("offset"));
    pair.labels(8, {2}, {1, 3});
    REQUIRE_THAT(pair.error(),
                 Contains("byte 9: label 3, expected 0 to 2; the labels run from 1 to "
                          "3: the task file may say label_offset = 1"));
    pair.request.label_offset = 1;
    REQUIRE(pair.classes() == std::vector<std::uint16_t>{0, 2});
    pair.labels(8, {2}, {0, 3});
    REQUIRE_THAT(pair.error(), Contains("byte 8: label 0, expected 1 to 3"));
}

TEST_CASE("what is no IDX file is called what it is", "[data]") {
    const Pair pair;
    const auto error = [&](const Bytes& bytes) {
        write(pair.file("images"), bytes);
        return pair.error();
    };
    const auto text = [](const std::string& s) { return Bytes(s.begin(), s.end()); };
    REQUIRE_THAT(error(text("<!DOCTYPE HTML><p>404")), Contains("this is a web page"));
    REQUIRE_THAT(error(text("\x93NUMPY\x01and more")), Contains("a NumPy array"));
    REQUIRE_THAT(error(text("PK\x03\x04 and more")), Contains("a zip archive"));
    REQUIRE_THAT(error(packed(packed(counted))), Contains("packed by gzip, a second time"));
    REQUIRE_THAT(error(joined({Bytes(257, 'x'), text("ustar"), Bytes(250)})),
                 Contains("a tar archive"));
    REQUIRE_THAT(error({3, 8, 0, 0, 1, 1}),
                 Contains("not an IDX file (its words are little-endian)"));
    REQUIRE_THAT(error({3, 8, 1, 0, 1, 1}),
                 Contains("the magic number is 50856192, not an IDX file;"));
    REQUIRE_THAT(error({0, 0, 8, 5, 1, 1}), Contains("byte 0: the magic number"));
    REQUIRE_THAT(error({0, 0, 8, 3, 0, 0, 0, 1, 0}), Contains("byte 9: the data end here"));
}
