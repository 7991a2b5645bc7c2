// IDX, the format of MNIST: two zeros, a type, the number of dimensions, their sizes as big-endian
// words, the elements. Plain or packed. Roles: train_images, train_labels, test_images,
// test_labels. Every field is checked before anything is allocated by it. As idx_middle, images may
// be larger than the task's shape: their middle is taken. Elements: idx_elements.hpp.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.hpp"
#include "data/formats/archive.hpp"
#include "data/formats/idx_elements.hpp"
#include "data/readers.hpp"

namespace crossbar {
namespace {

constexpr std::uint32_t most_in_idx = 10'000'000;
constexpr std::uint32_t longest_side = 4096;

std::uint32_t read_count(ByteFile& file, const IdxHeader& header) {
    const std::uint32_t count = header.sizes[0];
    if (count == 0 || count > most_in_idx)
        fail("{}: byte 4: the count is {}, expected 1 to {}", file.path(), count, most_in_idx);
    return count;
}

// How one image lies in its file.
struct Layout {
    int height = 0, width = 0;  // of the file's images, as they lie there
    bool planes = false;        // channel by channel, not pixel by pixel
};

// The sides that the task's images have in the file.
Shape shape_in_file(const ReadRequest& request) {
    const Shape& shape = request.shape;
    return request.transposed ? Shape{shape.width, shape.height, shape.channels} : shape;
}

int checked_side(const ByteFile& file, const IdxHeader& header, std::size_t dimension, int wanted,
                 bool middle, const char* what) {
    const std::uint32_t seen = header.sizes[dimension], least = static_cast<std::uint32_t>(wanted);
    if (!middle && seen != least)
        fail("{}: byte {}: {} is {}, expected {}", file.path(), 4 + 4 * dimension, what, seen,
             wanted);
    if (seen < least || seen > longest_side)
        fail("{}: byte {}: {} is {}, expected {} to {}", file.path(), 4 + 4 * dimension, what, seen,
             wanted, longest_side);
    return static_cast<int>(seen);
}

// Count x rows x columns; with channels behind them or before them; or count x pixels.
Layout layout_of(const ByteFile& file, const IdxHeader& header, const ReadRequest& request,
                 bool middle) {
    const Shape shape = shape_in_file(request);
    const auto channels = static_cast<std::uint32_t>(shape.channels);
    const std::vector<std::uint32_t>& sizes = header.sizes;
    if (sizes.size() == 2 && sizes[1] == shape.size() && channels == 1 && !middle)
        return {shape.height, shape.width, false};
    const auto fits = [&](std::size_t rows, std::size_t channel) {
        return sizes.size() == 4 && sizes[channel] == channels &&
               sizes[rows] >= static_cast<std::uint32_t>(shape.height) &&
               sizes[rows + 1] >= static_cast<std::uint32_t>(shape.width);
    };
    const bool last = fits(1, 3), first = fits(2, 1);
    if (first && last && channels > 1)
        fail("{}: byte 8: {}: are the channels the first of an image's dimensions or the last?",
             file.path(), in_words(header));
    if (!first && !last && (sizes.size() != 3 || channels != 1))
        fail("{}: byte 0: {}, expected images: a count x {} x {}{}", file.path(), in_words(header),
             shape.height, shape.width,
             channels == 1 ? std::string() : fmt::format(" x {}", channels));
    const std::size_t rows = first && !last ? 2 : 1;  // their dimension
    return {checked_side(file, header, rows, shape.height, middle, "the number of rows"),
            checked_side(file, header, rows + 1, shape.width, middle, "the number of columns"),
            rows == 2};
}

// The pixels of every image put in the order of `from(row, column, channel)`, a place in the
// file's image of `size` bytes.
template <typename From>
void rearrange(Dataset& set, std::size_t size, const From& from) {
    const Shape& shape = set.shape;
    const std::size_t count = set.pixels.size() / size;
    std::vector<std::uint8_t> pixels;
    pixels.reserve(count * shape.size());
    for (std::size_t image = 0; image < count; ++image)
        for (int row = 0; row < shape.height; ++row)
            for (int column = 0; column < shape.width; ++column)
                for (int channel = 0; channel < shape.channels; ++channel)
                    pixels.push_back(set.pixels[image * size + from(row, column, channel)]);
    set.pixels = std::move(pixels);
}

// From the file's order to the task's: the middle (the odd row or column goes below, right), with
// rows and columns exchanged where they are transposed.
void put_in_order(Dataset& set, const Layout& layout, const ReadRequest& request) {
    const Shape wanted = shape_in_file(request);
    const bool whole = layout.height == wanted.height && layout.width == wanted.width;
    if (whole && !request.transposed && (!layout.planes || wanted.channels == 1)) return;
    const auto height = static_cast<std::size_t>(layout.height);
    const auto width = static_cast<std::size_t>(layout.width);
    const auto channels = static_cast<std::size_t>(wanted.channels);
    const int top = (layout.height - wanted.height) / 2, left = (layout.width - wanted.width) / 2;
    rearrange(set, height * width * channels, [&](int row, int column, int channel) {
        if (request.transposed) std::swap(row, column);
        const std::size_t y = static_cast<std::size_t>(top + row);
        const std::size_t x = static_cast<std::size_t>(left + column);
        const auto c = static_cast<std::size_t>(channel);
        return layout.planes ? (c * height + y) * width + x : (y * width + x) * channels + c;
    });
}

// The factor that made pixels of the elements.
double read_images(const ReadRequest& request, const SourceFile& source, bool middle,
                   Dataset& set) {
    ByteFile file = open_file(source);
    const IdxHeader header = read_idx_header(file);
    const Layout layout = layout_of(file, header, request, middle);
    const std::uint32_t count = read_count(file, header);
    const std::size_t size = Shape{layout.height, layout.width, request.shape.channels}.size();
    Pixels pixels = read_pixels(file, header, count * size);
    set.pixels = std::move(pixels.bytes);
    put_in_order(set, layout, request);
    return pixels.factor;
}

// One dimension; or several columns, of which the first is the class: QMNIST's labels.
std::size_t columns_of(const ByteFile& file, const IdxHeader& header) {
    constexpr std::uint32_t columns_of_qmnist = 8;
    if (header.sizes.size() == 1) return 1;
    if (header.sizes.size() == 2 &&
        (header.sizes[1] == 1 ||
         (header.sizes[1] == columns_of_qmnist && header.type == IdxType::int32)))
        return header.sizes[1];
    fail(
        "{}: byte 0: {}, expected labels: one for each image, or QMNIST's 8 columns of 32-bit "
        "integers",
        file.path(), in_words(header));
}

// What may be wrong with a label out of range: perhaps all of them begin at another number.
std::string hint_of_offset(const std::vector<std::int64_t>& labels, const ReadRequest& request) {
    const auto [low, high] = std::minmax_element(labels.begin(), labels.end());
    if (*low == request.label_offset || *low < 0 || *high - *low >= request.classes) return {};
    return fmt::format("; the labels run from {} to {}: the task file may say label_offset = {}",
                       *low, *high, *low);
}

void read_labels(const ReadRequest& request, const SourceFile& source, std::size_t images,
                 Dataset& set) {
    ByteFile file = open_file(source);
    const IdxHeader header = read_idx_header(file);
    const std::size_t columns = columns_of(file, header);
    const std::uint32_t count = read_count(file, header);
    if (count != images)
        fail("{}: byte 4: {} labels, expected {}, one for each image", file.path(), count, images);
    const std::uint64_t first = file.offset();
    const std::vector<std::int64_t> labels = read_whole_numbers(file, header, count, columns);
    const std::int64_t offset = request.label_offset;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] < offset || labels[i] >= offset + request.classes)
            fail("{}: byte {}: label {}, expected {} to {}{}", file.path(),
                 first + i * columns * element_size(header.type), labels[i], offset,
                 offset + request.classes - 1, hint_of_offset(labels, request));
    for (const std::int64_t label : labels)
        set.labels.push_back(static_cast<std::uint16_t>(label - offset));
}

TaskData read_both(const ReadRequest& request, bool middle) {
    TaskData data;
    double factor = 0;
    for (const bool test : {false, true}) {
        Dataset& set = test ? data.test : data.train;
        set.shape = request.shape;
        set.classes = request.classes;
        const std::string part = test ? "test" : "train";
        const SourceFile& images = file_of(request, part + "_images");
        const double seen = read_images(request, images, middle, set);
        if (test && seen != factor)
            fail("{}: its pixels run from 0 to {}, those of the training images from 0 to {}",
                 images.path, 255 / seen, 255 / factor);
        factor = seen;
        read_labels(request, file_of(request, part + "_labels"),
                    set.pixels.size() / set.shape.size(), set);
    }
    return data;
}

}  // namespace

ImageCounts look_idx(const ReadRequest& request) {
    ImageCounts counts;
    for (const bool test : {false, true}) {
        ByteFile file = open_file(file_of(request, test ? "test_images" : "train_images"));
        (test ? counts.test : counts.train) = read_count(file, read_idx_header(file));
    }
    return counts;
}

TaskData read_idx(const ReadRequest& request) {
    return read_both(request, false);
}

TaskData read_idx_middle(const ReadRequest& request) {
    return read_both(request, true);
}

}  // namespace crossbar
