// Borders of zeros, and where the bytes of windows lie.
#include "network/window_rows.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/tensor.hpp"

namespace crossbar {
namespace {

std::size_t area(int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

}  // namespace

Framed::Framed(const Window& w) {
    const auto size = [&](int in, int out, int kernel) {
        return std::max(in + w.pad, (out - 1) * w.stride + kernel);
    };
    height = size(w.in_height, w.out_height, w.kernel_height);
    width = size(w.in_width, w.out_width, w.kernel_width);
    width = (width + w.stride - 1) / w.stride * w.stride;
    same = height == w.in_height && width == w.in_width && w.pad == 0;
}

std::size_t framed_bytes(const Window& w) {
    const Framed f(w);
    return f.same ? 0 : area(f.height, f.width) * static_cast<std::size_t>(w.channels);
}

const std::int8_t* framed(const Window& w, const std::int8_t* image, FrameBuffer& to) {
    const Framed f(w);
    if (f.same) return image;
    const std::array<int, 6> sizes = {f.height,   f.width,    w.in_height,
                                      w.in_width, w.channels, w.pad};
    ensure(to.bytes, framed_bytes(w));
    if (to.sizes != sizes) std::fill(to.bytes.begin(), to.bytes.end(), std::int8_t{0});
    to.sizes = sizes;
    const std::size_t in_line = area(w.in_width, w.channels), line = area(f.width, w.channels);
    std::int8_t* out = to.bytes.data() + area(w.pad, 1) * line + area(w.pad, w.channels);
    for (int y = 0; y < w.in_height; ++y, image += in_line, out += line)
        std::copy_n(image, in_line, out);
    return to.bytes.data();
}

LeftRows rows_of_windows(const Window& w, const std::int8_t* map) {
    const std::ptrdiff_t channels = w.channels, line = Framed(w).width * channels;
    return {map,
            {w.out_width, w.stride * channels, w.stride * line},
            {w.kernel_height, line, 0},
            w.kernel_width * w.channels,
            w.kernel_height};
}

LeftRows windows_of(const Window& w, const std::int8_t* image, FrameBuffer& frame,
                    std::vector<std::int8_t>& patches, const Kernels& k) {
    if (is_run_by_run(w)) return rows_of_windows(w, framed(w, image, frame));
    const int depth = w.kernel_height * w.kernel_width * w.channels;
    ensure(patches, patch_bytes(w));
    k.patches(patches.data(), depth, image, w);
    return LeftRows::dense(patches.data(), w.out_height * w.out_width, depth, depth);
}

std::size_t patch_bytes(const Window& w) {
    return area(w.out_height, w.out_width) * area(w.kernel_height, w.kernel_width) *
           static_cast<std::size_t>(w.channels);
}

std::size_t TurnedMaps::plane() const {
    return area(images, frame.height) * static_cast<std::size_t>(frame.width / window.stride);
}

std::size_t TurnedMaps::bytes() const {
    return plane() * area(window.stride, window.channels);
}

void TurnedMaps::turn(std::size_t i, const std::int8_t* map, std::int8_t* to,
                      const Kernels& k) const {
    const int pixels = frame.height * (frame.width / window.stride);
    k.transpose(to + i * static_cast<std::size_t>(pixels), static_cast<std::ptrdiff_t>(plane()),
                map, pixels, window.stride * window.channels);
}

LeftRows TurnedMaps::rows_at(int ky, int kx, const std::int8_t* turned) const {
    const auto apart = static_cast<std::ptrdiff_t>(plane());
    const std::ptrdiff_t line = frame.width / window.stride;
    const std::int8_t* const first =
        turned + kx % window.stride * window.channels * apart + ky * line + kx / window.stride;
    return {first,
            {window.channels, apart, 0},
            {window.out_height, window.stride * line, frame.height * line},
            window.out_width,
            images * window.out_height};
}

}  // namespace crossbar
