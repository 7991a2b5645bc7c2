// The binary version of STL-10. X: images of a red, a green and a blue plane, each column by column
// (rows run fastest); y: one label byte an image, 1 to the number of classes. Roles: train_images,
// train_labels, test_images, test_labels.
#include <array>

#include "base/check.hpp"
#include "data/formats/archive.hpp"
#include "data/formats/byte_file.hpp"
#include "data/formats/file_kind.hpp"
#include "data/readers.hpp"

namespace crossbar {
namespace {

constexpr std::uint64_t most_in_stl = 10'000'000;

std::uint64_t images_in(const SourceFile& file, const Shape& shape) {
    const std::uint64_t size = size_of(file);
    if (size == 0 || size % shape.size() != 0 || size / shape.size() > most_in_stl)
        fail("{}: {} bytes, expected 1 to {} images of {} bytes{}", file.path, size, most_in_stl,
             shape.size(), file.member.empty() ? hint_of_kind(file.path) : std::string());
    return size / shape.size();
}

// One image's planes, column by column, to pixels in NHWC order at the end of the set.
void append_turned(std::span<const std::uint8_t> planes, Dataset& set) {
    const std::size_t h = static_cast<std::size_t>(set.shape.height);
    const std::size_t w = static_cast<std::size_t>(set.shape.width);
    const std::size_t channels = static_cast<std::size_t>(set.shape.channels);
    for (std::size_t y = 0; y < h; ++y)
        for (std::size_t x = 0; x < w; ++x)
            for (std::size_t c = 0; c < channels; ++c)
                set.pixels.push_back(planes[(c * w + x) * h + y]);
}

void read_images(ByteFile& file, Dataset& set) {
    std::vector<std::uint8_t> image(set.shape.size());
    while (const std::size_t got = file.read(image)) {
        if (got < image.size())
            fail("{}: byte {}: the data end here, expected {} more bytes of an image (truncated)",
                 file.path(), file.offset(), image.size() - got);
        if (set.pixels.size() / image.size() == most_in_stl)
            fail("{}: byte {}: more than {} images", file.path(), file.offset(), most_in_stl);
        append_turned(image, set);
    }
    if (set.pixels.empty()) fail("{}: byte 0: the file is empty", file.path());
}

void read_labels(ByteFile& file, Dataset& set) {
    std::array<std::uint8_t, 4096> piece{};
    for (std::uint64_t at = 0; const std::size_t got = file.read(piece); at += got)
        for (std::size_t i = 0; i < got; ++i) {
            if (piece[i] < 1 || piece[i] > set.classes)
                fail("{}: byte {}: label {}, expected 1 to {}", file.path(), at + i, piece[i],
                     set.classes);
            if (set.labels.size() == most_in_stl)
                fail("{}: byte {}: more than {} labels", file.path(), at + i, most_in_stl);
            set.labels.push_back(static_cast<std::uint16_t>(piece[i] - 1));
        }
}

}  // namespace

ImageCounts look_stl10(const ReadRequest& request) {
    return {images_in(file_of(request, "train_images"), request.shape),
            images_in(file_of(request, "test_images"), request.shape),
            {},
            0};
}

TaskData read_stl10(const ReadRequest& request) {
    TaskData data;
    for (Dataset* set : {&data.train, &data.test}) {
        set->shape = request.shape;
        set->classes = request.classes;
    }
    read_files(request.files, request.threads, [&](std::size_t i, ByteFile& bytes) {
        const std::string& role = request.files[i].role;
        Dataset& set = role.starts_with("test") ? data.test : data.train;
        if (role.ends_with("images"))
            read_images(bytes, set);
        else
            read_labels(bytes, set);
    });
    for (const char* part : {"train", "test"}) {
        const Dataset& set = part == std::string_view("test") ? data.test : data.train;
        const std::size_t images = set.pixels.size() / set.shape.size();
        const SourceFile& labels = file_of(request, part + std::string("_labels"));
        if (set.labels.size() != images)
            fail("{}: {} labels, expected {}, one for each image", labels.path, set.labels.size(),
                 images);
    }
    return data;
}

}  // namespace crossbar
