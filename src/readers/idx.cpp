// IDX, the format of MNIST: big-endian magic (2051 images, 2049 labels), count, for images rows and
// columns, then one byte an element. Plain or packed. Roles: train_images, train_labels,
// test_images, test_labels. Every field is checked before anything is allocated by it.
// As idx_middle, images may be larger than the task's shape: their middle is taken.
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

// A side of the images that are there: that of the shape, or, where the middle is wanted, more.
int read_side(ByteFile& file, int wanted, bool middle, const char* what) {
    constexpr std::uint32_t longest = 4096;
    if (!middle) {
        expect_word(file, static_cast<std::uint32_t>(wanted), what);
        return wanted;
    }
    const std::uint64_t at = file.offset();
    const std::uint32_t seen = read_word(file, what);
    if (seen < static_cast<std::uint32_t>(wanted) || seen > longest)
        fail("{}: byte {}: {} is {}, expected {} to {}", file.path(), at, what, seen, wanted,
             longest);
    return static_cast<int>(seen);
}

// The middle of each of `count` images of the given sides; the odd row or column goes below, right.
std::vector<std::uint8_t> middle_of(const std::vector<std::uint8_t>& all, std::size_t count,
                                    int height, int width, const Shape& shape) {
    std::vector<std::uint8_t> cut;
    cut.reserve(count * shape.size());
    const int top = (height - shape.height) / 2, left = (width - shape.width) / 2;
    for (std::size_t image = 0; image < count; ++image)
        for (int row = 0; row < shape.height; ++row) {
            const auto line = static_cast<std::ptrdiff_t>(
                (image * static_cast<std::size_t>(height) + static_cast<std::size_t>(top + row)) *
                    static_cast<std::size_t>(width) +
                static_cast<std::size_t>(left));
            cut.insert(cut.end(), all.begin() + line, all.begin() + line + shape.width);
        }
    return cut;
}

void read_images(const SourceFile& source, bool middle, Dataset& set, std::size_t& count) {
    ByteFile file = open_file(source);
    expect_word(file, image_magic, "the magic number of IDX images");
    count = read_count(file);
    const int height = read_side(file, set.shape.height, middle, "the number of rows");
    const int width = read_side(file, set.shape.width, middle, "the number of columns");
    set.pixels = read_rest(file, count * Shape{height, width, 1}.size(), "pixels");
    if (middle) set.pixels = middle_of(set.pixels, count, height, width, set.shape);
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

TaskData read_both(const ReadRequest& request, bool middle) {
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
        read_images(file_of(request, part + "_images"), middle, set, images);
        read_labels(file_of(request, part + "_labels"), set, images);
    }
    return data;
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
    return read_both(request, false);
}

TaskData read_idx_middle(const ReadRequest& request) {
    return read_both(request, true);
}

}  // namespace crossbar
