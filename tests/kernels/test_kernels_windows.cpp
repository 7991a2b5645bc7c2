// Patches, fold, pooling and depthwise convolution of every available instruction set give the bits
// of the reference, on windows of awkward shape that overlap, leave gaps or hang over the edges,
// and write nothing outside.
#include <catch2/catch.hpp>

#include "kernel_testing.hpp"

using namespace kernel_testing;

namespace {

Window window(int height, int width, int channels, int kernel_height, int kernel_width, int stride,
              int pad, int overhang = 0) {
    const auto outputs = [&](int size, int kernel) {
        return (size + 2 * pad + overhang - kernel) / stride + 1;
    };
    return {height,
            width,
            channels,
            kernel_height,
            kernel_width,
            stride,
            pad,
            outputs(height, kernel_height),
            outputs(width, kernel_width)};
}

std::vector<Window> windows() {
    std::vector<Window> out;
    for (const int channels :
         {1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 20, 31, 32, 33, 50, 64, 65, 100}) {
        out.push_back(window(6, 5, channels, 2, 2, 2, 0));
        out.push_back(window(6, 6, channels, 3, 3, 3, 0));
        out.push_back(window(5, 7, channels, 3, 2, 1, 1));
        out.push_back(window(7, 8, channels, 3, 3, 2, 0, 1));
        out.push_back(window(5, 5, channels, 5, 5, 1, 2));
        out.push_back(window(7, 6, channels, 2, 2, 3, 0));
        out.push_back(window(4, 4, channels, 4, 4, 4, 0));
    }
    out.push_back(window(28, 28, 1, 5, 5, 1, 0));
    out.push_back(window(12, 12, 20, 5, 5, 1, 0));
    out.push_back(window(1, 40, 3, 7, 7, 3, 3));
    out.push_back(window(16, 16, 3, 16, 15, 1, 4));
    out.push_back(window(1, 1, 17, 1, 1, 1, 0));
    return out;
}

std::string text(const Window& w) {
    return std::to_string(w.in_height) + " x " + std::to_string(w.in_width) + " x " +
           std::to_string(w.channels) + ", kernel " + std::to_string(w.kernel_height) + " x " +
           std::to_string(w.kernel_width) + ", stride " + std::to_string(w.stride) + ", pad " +
           std::to_string(w.pad);
}

std::size_t image_size(const Window& w) {
    return static_cast<std::size_t>(w.in_height * w.in_width * w.channels);
}
std::size_t output_size(const Window& w) {
    return static_cast<std::size_t>(w.out_height * w.out_width * w.channels);
}
std::size_t patch_size(const Window& w) {
    return static_cast<std::size_t>(w.kernel_height * w.kernel_width * w.channels);
}

}  // namespace

TEST_CASE("patches, their sums and their fold equal the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const Window& w : windows()) {
            INFO(set->name << ": " << text(w));
            const auto image = numbers<std::int8_t>(image_size(w), -128, 127);
            const std::size_t positions = output_size(w) / static_cast<std::size_t>(w.channels);
            for (const std::size_t slack : {0u, 3u}) {
                const std::size_t stride = patch_size(w) + slack;
                const Guarded<std::int8_t> out(positions * stride - slack);
                REQUIRE(same(*set, out, [&](const Kernels& k, std::int8_t* to) {
                    k.patches(to, static_cast<std::ptrdiff_t>(stride), image.data(), w);
                }));
            }
            const Guarded<std::int32_t> before(numbers<std::int32_t>(patch_size(w), -1000, 1000));
            REQUIRE(same(*set, before, [&](const Kernels& k, std::int32_t* to) {
                k.window_sums(to, image.data(), w);
            }));
            const auto sums = numbers<std::int32_t>(positions * patch_size(w), -10000000, 10000000);
            const Guarded<std::int32_t> folded(numbers<std::int32_t>(image_size(w), -1000, 1000));
            REQUIRE(same(*set, folded,
                         [&](const Kernels& k, std::int32_t* to) { k.fold(to, sums.data(), w); }));
        }
}

TEST_CASE("pooling and its inverse equal the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const Window& w : windows()) {
            INFO(set->name << ": " << text(w));
            if (w.kernel_height * w.kernel_width > 256) continue;
            const int spread = w.channels % 2 == 0 ? 127 : 2;  // small: many equal values
            const auto image = numbers<std::int8_t>(image_size(w), -spread, spread);
            const auto errors = numbers<std::int8_t>(output_size(w), -127, 127);
            std::vector<std::uint8_t> which(output_size(w));
            std::vector<std::int8_t> pooled(output_size(w));
            reference().max_pool(pooled.data(), which.data(), image.data(), w);
            const Guarded<std::int8_t> small(output_size(w));
            const Guarded<std::int32_t> sums(numbers<std::int32_t>(image_size(w), -1000, 1000));
            REQUIRE(same(*set, small, [&](const Kernels& k, std::int8_t* out) {
                std::vector<std::uint8_t> unused(output_size(w));
                k.max_pool(out, unused.data(), image.data(), w);
            }));
            REQUIRE(same(*set, Guarded<std::uint8_t>(output_size(w)),
                         [&](const Kernels& k, std::uint8_t* out) {
                             k.max_pool(pooled.data(), out, image.data(), w);
                         }));
            if (w.stride >= std::max(w.kernel_height, w.kernel_width))
                REQUIRE(same(*set, Guarded<std::int8_t>(image_size(w)),
                             [&](const Kernels& k, std::int8_t* out) {
                                 k.max_unpool_scatter(out, errors.data(), which.data(), w);
                             }));
            REQUIRE(same(*set, sums, [&](const Kernels& k, std::int32_t* out) {
                k.max_unpool_add(out, errors.data(), which.data(), w);
            }));
            REQUIRE(same(*set, small, [&](const Kernels& k, std::int8_t* out) {
                k.average_pool(out, image.data(), w);
            }));
            REQUIRE(same(*set, sums, [&](const Kernels& k, std::int32_t* out) {
                k.average_unpool(out, errors.data(), w);
            }));
        }
}

TEST_CASE("depthwise convolution and its ways back equal the reference", "[kernels]") {
    constexpr std::size_t readable = 63;  // beyond the end, of any value
    for (const Kernels* set : sets_to_test())
        for (const Window& w : windows())
            for (const Fill fill : {Fill::random, Fill::lowest, Fill::ends}) {
                INFO(set->name << ": " << text(w));
                const std::size_t size = patch_size(w);
                const auto image = numbers<std::int8_t>(image_size(w) + readable, -127, 127, fill);
                const auto errors =
                    numbers<std::int8_t>(output_size(w) + readable, -127, 127, fill);
                const auto kernel = numbers<std::int8_t>(size + readable, -127, 127, fill);
                REQUIRE(same(*set, Guarded<std::int32_t>(output_size(w)),
                             [&](const Kernels& k, std::int32_t* out) {
                                 k.depthwise(out, image.data(), kernel.data(), w);
                             }));
                REQUIRE(same(*set, Guarded<std::int32_t>(image_size(w)),
                             [&](const Kernels& k, std::int32_t* out) {
                                 k.depthwise_back(out, errors.data(), kernel.data(), w);
                             }));
                const Guarded<std::int32_t> sums(numbers<std::int32_t>(2 * size, -1000, 1000));
                REQUIRE(same(*set, sums, [&](const Kernels& k, std::int32_t* out) {
                    k.depthwise_gradient(out, out + size, errors.data(), image.data(), w);
                }));
            }
}

TEST_CASE("average pooling of extremes equals the reference", "[kernels]") {
    for (const Kernels* set : sets_to_test())
        for (const int value : {-128, 127})
            for (const int size : {1, 3, 16, 33}) {
                const Window w = window(size, size, 37, size, size, 1, 0);
                const std::vector<std::int8_t> image(image_size(w),
                                                     static_cast<std::int8_t>(value));
                REQUIRE(
                    same(*set, Guarded<std::int8_t>(37), [&](const Kernels& k, std::int8_t* out) {
                        k.average_pool(out, image.data(), w);
                    }));
            }
}
