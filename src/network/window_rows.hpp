// The windows of a layer as rows of a product, read where they lie in a map: nothing is gathered.
// In NHWC order each row of a window's kernel is a run of neighbouring bytes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/kernels.hpp"

namespace crossbar {

// Whether product_of_runs takes the windows: their runs are whole groups of 4 bytes.
constexpr bool is_run_by_run(const Window& w) {
    return w.kernel_width * w.channels % 4 == 0;
}

// A map with its border of zeros, which all windows lie in; its width is a multiple of the stride.
struct Framed {
    int height, width;
    bool same;  // as the map: there is no border
    explicit Framed(const Window& window);
};

// Bytes of an image's framed map, 0 where it is the map itself.
std::size_t framed_bytes(const Window& window);

// A thread's room for a framed map. The next one of the same sizes finds its border there.
struct FrameBuffer {
    std::vector<std::int8_t> bytes;
    std::array<int, 6> sizes{};
};

// The framed map of an image: `image` itself, or what is made of it in `to`.
const std::int8_t* framed(const Window& window, const std::int8_t* image, FrameBuffer& to);

// A row for each window of a framed map, kernel_height runs each.
LeftRows rows_of_windows(const Window& window, const std::int8_t* framed_map);

// A row for each window of an image: of its framed map, or where windows cannot be taken run by
// run, gathered one by one into `patches`.
LeftRows windows_of(const Window& window, const std::int8_t* image, FrameBuffer& frame,
                    std::vector<std::int8_t>& patches, const Kernels& kernels);
std::size_t patch_bytes(const Window& window);

// Whether TurnedMaps serves: its runs are whole groups of 4 bytes, and of few channels a product
// would have few rows at a time.
constexpr bool turns_maps(const Window& w) {
    return w.out_width % 4 == 0 && w.channels >= 8;
}

// The same the other way round, for gradients: a row for each input of a window, its depth the
// positions. They are read from framed maps of several images that are turned around into planes of
// each channel, in which pixels that the stride meets lie side by side: channel of pixel in the
// stride x channel x image x line x pixel.
struct TurnedMaps {
    Window window;
    Framed frame;
    int images;

    TurnedMaps(const Window& w, std::size_t count)
        : window(w), frame(w), images(static_cast<int>(count)) {}

    std::size_t plane() const;  // bytes of all images' pixels of one channel, of one in a stride
    std::size_t bytes() const;
    // Turns image number i, whose framed map is given.
    void turn(std::size_t i, const std::int8_t* framed_map, std::int8_t* to,
              const Kernels& k) const;
    // A row for each channel at an element of the kernel, a run for each line of each image.
    LeftRows rows_at(int ky, int kx, const std::int8_t* turned) const;
};

}  // namespace crossbar
