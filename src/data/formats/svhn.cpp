// SVHN, cropped digits: MATLAB files with X (uint8, 32 x 32 x 3 x N, the first side running
// fastest: row, column, channel, image) and y (N labels 1..10, where 10 is the digit 0). Roles:
// train, test.
#include "base/check.hpp"
#include "base/format.hpp"
#include "data/formats/mat.hpp"
#include "data/readers.hpp"

namespace crossbar {
namespace {

std::size_t images_of(const std::string& path, const std::vector<std::size_t>& sides,
                      const Shape& shape) {
    const auto side = [&](std::size_t i) { return i < sides.size() ? sides[i] : 1; };
    if (sides.size() > 4 || side(0) != static_cast<std::size_t>(shape.height) ||
        side(1) != static_cast<std::size_t>(shape.width) ||
        side(2) != static_cast<std::size_t>(shape.channels))
        fail("{}: 'X' is {}, expected {} x {} x {} x N", path, fmt::join(sides, " x "),
             shape.height, shape.width, shape.channels);
    return side(3);
}

// From column, row order within each channel plane to NHWC.
void turn(const std::vector<std::uint8_t>& planes, Dataset& set) {
    const std::size_t h = static_cast<std::size_t>(set.shape.height);
    const std::size_t w = static_cast<std::size_t>(set.shape.width);
    const std::size_t channels = static_cast<std::size_t>(set.shape.channels);
    set.pixels.resize(planes.size());
    for (std::size_t from = 0; from < planes.size(); from += set.shape.size())
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t x = 0; x < w; ++x)
                for (std::size_t y = 0; y < h; ++y)
                    set.pixels[from + (y * w + x) * channels + c] =
                        planes[from + (c * w + x) * h + y];
}

void read_part(const std::string& path, const ReadRequest& request, Dataset& set) {
    constexpr int most = 10;
    set.shape = request.shape;
    set.classes = request.classes;
    const MatFile file(path);
    const std::vector<int> labels = file.integers("y", 1, most);
    MatBytes x = file.bytes("X");
    const std::size_t images = images_of(path, x.sides, request.shape);
    if (labels.size() != images)
        fail("{}: 'y' has {} labels for {} images in 'X'", path, labels.size(), images);
    for (const int label : labels)
        set.labels.push_back(static_cast<std::uint16_t>(label % most));
    turn(x.bytes, set);
}

}  // namespace

ImageCounts look_svhn(const ReadRequest& request) {
    ImageCounts counts;
    for (const bool test : {false, true}) {
        const std::string& path = path_of(request, test ? "test" : "train");
        const std::size_t images = images_of(path, MatFile(path).sides("X"), request.shape);
        (test ? counts.test : counts.train) = images;
    }
    return counts;
}

TaskData read_svhn(const ReadRequest& request) {
    if (request.classes != 10) fail("svhn has 10 classes, but the task has {}", request.classes);
    TaskData data;
    read_part(path_of(request, "train"), request, data.train);
    read_part(path_of(request, "test"), request, data.test);
    return data;
}

}  // namespace crossbar
