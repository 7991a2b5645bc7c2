// IDX, the format of MNIST: big-endian magic (2051 images, 2049 labels), count, for images rows and
// columns, then one byte an element. Plain or packed. Roles: train_images, train_labels,
// test_images, test_labels. Every field is checked before anything is allocated by it.
#include <array>
#include <cstdint>

#include "archive.hpp"
#include "crossbar/check.hpp"
#include "crossbar/readers.hpp"

namespace crossbar {
namespace {

constexpr std::uint32_t image_magic = 2051;
constexpr std::uint32_t label_magic = 2049;
constexpr std::uint32_t most_images = 10'000'000;

std::uint32_t read_word(ByteFile& file, const char* what) {
    std::array<std::uint8_t, 4> b{};
    read_exactly(file, b, what);
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

void expect_word(ByteFile& file, std::uint32_t expected, const char* what) {
    const std::uint64_t at = file.offset();
    const std::uint32_t seen = read_word(file, what);
    if (seen != expected)
        fail("{}: byte {}: {} is {}, expected {}", file.path(), at, what, seen, expected);
}

std::uint32_t read_count(ByteFile& file) {
    const std::uint64_t at = file.offset();
    const std::uint32_t count = read_word(file, "the count");
    if (count == 0 || count > most_images)
        fail("{}: byte {}: the count is {}, expected 1 to {}", file.path(), at, count, most_images);
    return count;
}

void read_images(const SourceFile& source, Dataset& set, std::size_t& count) {
    ByteFile file = open_file(source);
    expect_word(file, image_magic, "the magic number of IDX images");
    count = read_count(file);
    expect_word(file, static_cast<std::uint32_t>(set.shape.height), "the number of rows");
    expect_word(file, static_cast<std::uint32_t>(set.shape.width), "the number of columns");
    set.pixels = read_rest(file, count * set.shape.size(), "pixels");
}

void read_labels(const SourceFile& source, Dataset& set, std::size_t images) {
    ByteFile file = open_file(source);
    expect_word(file, label_magic, "the magic number of IDX labels");
    const std::uint64_t at = file.offset();
    const std::uint32_t count = read_count(file);
    if (count != images)
        fail("{}: byte {}: {} labels, expected {}, one for each image", file.path(), at, count,
             images);
    const std::uint64_t first = file.offset();
    const std::vector<std::uint8_t> labels = read_rest(file, count, "labels");
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= set.classes)
            fail("{}: byte {}: label {}, expected 0 to {}", file.path(), first + i, labels[i],
                 set.classes - 1);
    set.labels.assign(labels.begin(), labels.end());
}

}  // namespace

Census look_idx(const ReadRequest& request) {
    Census census;
    for (const bool test : {false, true}) {
        ByteFile file = open_file(file_of(request, test ? "test_images" : "train_images"));
        expect_word(file, image_magic, "the magic number of IDX images");
        (test ? census.test : census.train) = read_count(file);
    }
    return census;
}

TaskData read_idx(const ReadRequest& request) {
    if (request.shape.channels != 1)
        fail("the idx reader reads grey images, but the task's shape has {} channels (expected 1)",
             request.shape.channels);
    TaskData data;
    for (const bool test : {false, true}) {
        Dataset& set = test ? data.test : data.train;
        set.shape = request.shape;
        set.classes = request.classes;
        const std::string part = test ? "test" : "train";
        std::size_t images = 0;
        read_images(file_of(request, part + "_images"), set, images);
        read_labels(file_of(request, part + "_labels"), set, images);
    }
    return data;
}

}  // namespace crossbar
