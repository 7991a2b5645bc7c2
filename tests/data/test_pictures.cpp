// Pictures: decoding of JPEG and PNG of every kind, damaged ones, and the fit to a task's geometry.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "data/formats/scanlines.hpp"
#include "picture_testing.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

int ramp(int y, int x, int c) {
    return std::min(255, 5 * y + 7 * x + 20 * c);
}

std::uint8_t at(const Picture& picture, int y, int x, int c) {
    return picture.rgb[static_cast<std::size_t>((y * picture.width + x) * 3 + c)];
}

// The largest difference from what was meant, over all pixels.
int worst(const Picture& picture, const Shade& meant) {
    int most = 0;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            for (int c = 0; c < 3; ++c)
                most = std::max(most, std::abs(at(picture, y, x, c) - meant(y, x, c)));
    return most;
}

Picture painted(int height, int width, const Shade& shade) {
    Picture picture{height, width, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c)
                picture.rgb.push_back(static_cast<std::uint8_t>(shade(y, x, c)));
    return picture;
}

Bytes fitted(const Picture& picture, const Shape& shape) {
    Bytes out(shape.size());
    fit_picture(picture, shape, out);
    return out;
}

double mean_of(const Bytes& bytes) {
    return std::accumulate(bytes.begin(), bytes.end(), 0.0) / static_cast<double>(bytes.size());
}

}  // namespace

TEST_CASE("PNG of every kind comes back exactly", "[pictures]") {
    for (const int components : {1, 2, 3, 4})
        for (const bool interlaced : {false, true})
            for (const int bits : {8, 16}) {
                const Encoding encoding = {19, 23, components, interlaced, bits};
                const Picture picture = decode_picture(encode_png(encoding, ramp), "a.png");
                REQUIRE(picture.height == 19);
                REQUIRE(picture.width == 23);
                const bool clear = components % 2 == 0;
                REQUIRE(picture.transparent == clear);
                REQUIRE(worst(picture, [&](int y, int x, int c) {
                            const int value = ramp(y, x, components >= 3 ? c : 0);
                            const int alpha = clear ? ramp(y, x, components - 1) : 255;
                            return (value * alpha + 255 * (255 - alpha) + 127) / 255;
                        }) == 0);
            }
}

TEST_CASE("a black drawing on transparent ground is black on white", "[pictures]") {
    const auto drawing = [](int y, int x, int c) { return c == 3 && y == x ? 255 : 0; };
    const Picture picture = decode_picture(encode_png({6, 6, 4}, drawing), "a.png");
    REQUIRE(worst(picture, [](int y, int x, int) { return y == x ? 0 : 255; }) == 0);
    const auto opaque = [](int, int, int c) { return c == 3 ? 255 : 9; };
    REQUIRE(!decode_picture(encode_png({6, 6, 4}, opaque), "a.png").transparent);
}

TEST_CASE("JPEG grey, colour and CMYK come back closely", "[pictures]") {
    for (const bool progressive : {false, true}) {
        const auto encoded = [&](int components, const Shade& shade) {
            return decode_picture(encode_jpeg({19, 23, components, progressive, 8}, shade),
                                  "a.jpg");
        };
        const Picture grey = encoded(1, ramp);
        REQUIRE(grey.height == 19);
        REQUIRE(grey.width == 23);
        REQUIRE(worst(grey, [](int y, int x, int) { return ramp(y, x, 0); }) <= 4);
        const Shade soft = [](int y, int x, int c) { return 60 + 3 * y + 2 * x + 20 * c; };
        REQUIRE(worst(encoded(3, soft), soft) <= 8);
        // As libjpeg marks CMYK as Adobe's, its values are light, not ink.
        const Shade light = [](int y, int x, int c) { return c == 3 ? 204 : 40 + 4 * y + 3 * x; };
        REQUIRE(worst(encoded(4, light), [&](int y, int x, int c) {
                    return (light(y, x, c) * 204 + 127) / 255;
                }) <= 6);
    }
}

TEST_CASE("cut and changed pictures are an Error with file and byte", "[pictures]") {
    const auto decode = [](const Bytes& file) { decode_picture(file, "some.file"); };
    for (const bool progressive : {false, true}) {
        const Encoding encoding = {40, 40, 3, progressive, 8};
        const Shade noise = [](int y, int x, int c) { return (y * 71 + x * 37 + c * 11) % 256; };
        for (const Bytes& file : {encode_png(encoding, noise), encode_jpeg(encoding, noise)}) {
            const Damage seen = damage(file, decode);
            REQUIRE(seen.refused == seen.tried);
            const Bytes half(file.begin(),
                             file.begin() + static_cast<std::ptrdiff_t>(file.size() / 2));
            REQUIRE_THAT(error_of([&] { decode(half); }),
                         Contains("some.file: byte ") && Contains("damaged"));
        }
    }
    REQUIRE_THAT(error_of([&] {
                     decode({'G', 'I', 'F', '8', '9', 'a'});
                 }),
                 Contains("some.file: byte 0: this is a GIF picture, expected JPEG"));
    REQUIRE_THAT(error_of([&] { decode(netpbm_of("<!DOCTYPE html>")); }), Contains("a web page"));
    REQUIRE_THAT(error_of([&] {
                     decode({1, 2, 3, 4, 5});
                 }),
                 Contains("some.file: byte 0") && Contains("01 02 03 04"));
    REQUIRE_THAT(error_of([&] { decode({}); }), Contains("some.file: byte 0: the file is empty"));
}

TEST_CASE("a picture that claims to be huge is refused", "[pictures]") {
    Bytes jpeg = encode_jpeg({}, ramp);
    const Bytes start = {0xff, 0xc0};  // of the frame: length, precision, height, width
    const auto frame = std::search(jpeg.begin(), jpeg.end(), start.begin(), start.end());
    REQUIRE(frame != jpeg.end());
    std::fill_n(frame + 5, 4, std::uint8_t{0xfd});
    REQUIRE_THAT(error_of([&] { decode_picture(jpeg, "a.jpg"); }), Contains("a.jpg: byte "));
}

TEST_CASE("a picture of more than 2^25 pixels is kept at a smaller scale", "[pictures]") {
    Scanlines lines(5, 7, 4);  // 2 x 2 at 1/4, the last row and column of blocks cut
    for (int y = 0; y < 5; ++y) {
        Bytes row;
        for (int x = 0; x < 7; ++x)
            for (int c = 0; c < 3; ++c)
                row.push_back(static_cast<std::uint8_t>(10 * y + x + 50 * c));
        lines.add_rgb(row);
    }
    const Picture small = lines.picture();
    REQUIRE(small.shrunk);
    REQUIRE(small.height == 2);
    REQUIRE(small.width == 2);
    // Means of y = 0..3 and 4, of x = 0..3 and 4..6: 15 + 1.5, 15 + 5, 40 + 1.5, 40 + 5.
    for (int c = 0; c < 3; ++c)
        REQUIRE(std::array{at(small, 0, 0, c), at(small, 0, 1, c), at(small, 1, 0, c),
                           at(small, 1, 1, c)} ==
                std::array<std::uint8_t, 4>{static_cast<std::uint8_t>(17 + 50 * c),
                                            static_cast<std::uint8_t>(20 + 50 * c),
                                            static_cast<std::uint8_t>(42 + 50 * c),
                                            static_cast<std::uint8_t>(45 + 50 * c)});
}

TEST_CASE("JPEG and PNG of 35 megapixels are read at half their size", "[pictures]") {
    const Encoding large = {.height = 5000, .width = 7000, .components = 1, .one_row = true};
    const Shade half = [](int, int x, int) { return x < 3500 ? 40 : 200; };
    for (const Bytes& file : {encode_jpeg(large, half), encode_png(large, half)}) {
        const Picture picture = decode_picture(file, "large");
        REQUIRE(picture.shrunk);
        REQUIRE(picture.height == 2500);
        REQUIRE(picture.width == 3500);
        REQUIRE(std::abs(at(picture, 1000, 100, 0) - 40) <= 1);
        REQUIRE(std::abs(at(picture, 1000, 3400, 2) - 200) <= 1);
    }
}

TEST_CASE("fitting keeps constants, identity and means", "[pictures]") {
    const Shade noise = [](int y, int x, int c) { return (y * y * 13 + x * 37 + c * 91) % 256; };
    for (const auto& [height, width] :
         {std::pair{31, 45}, {200, 119}, {119, 119}, {64, 3}, {1, 1}}) {
        const Picture constant = painted(height, width, [](int, int, int) { return 173; });
        for (const Shape& shape : {Shape{119, 119, 3}, Shape{7, 30, 3}, Shape{32, 32, 3}}) {
            const Bytes out = fitted(constant, shape);
            REQUIRE(std::all_of(out.begin(), out.end(), [](int v) { return v == 173; }));
        }
        REQUIRE(fitted(painted(height, width, noise), {height, width, 3}) ==
                painted(height, width, noise).rgb);
    }
    // Each output is rounded by at most half a step, and the weights of every input add up alike.
    const Picture large = painted(97, 97, noise);
    for (const int side : {1, 13, 50, 96})
        REQUIRE(std::abs(mean_of(fitted(large, {side, side, 3})) - mean_of(large.rgb)) <= 0.5);
}

TEST_CASE("fitting shrinks by areas, grows by lines, cuts the middle", "[pictures]") {
    const Picture four = painted(2, 2, [](int y, int x, int) { return 100 * y + 10 * x + 3; });
    REQUIRE(fitted(four, {1, 1, 3}) == Bytes{58, 58, 58});  // 3 13 103 113, mean 58
    const Picture line = painted(2, 2, [](int, int x, int) { return 80 * x; });
    const Bytes grown = fitted(line, {4, 4, 3});
    for (std::size_t x = 0; x < 4; ++x)
        REQUIRE(grown[3 * x] == std::array{0, 20, 60, 80}[x]);
    // 3 to 2: each target is a source and a half.
    const Picture three = painted(3, 3, [](int, int x, int) { return 30 * x; });
    REQUIRE(fitted(three, {2, 2, 3})[0] == 10);
    REQUIRE(fitted(three, {2, 2, 3})[3] == 50);
    // The middle 4 columns of 8, either way round.
    const Picture wide = painted(4, 8, [](int, int x, int) { return x; });
    for (std::size_t x = 0; x < 4; ++x)
        REQUIRE(fitted(wide, {4, 4, 3})[3 * x] == 2 + x);
    const Picture tall = painted(8, 4, [](int y, int, int) { return y; });
    for (std::size_t y = 0; y < 4; ++y)
        REQUIRE(fitted(tall, {4, 4, 3})[12 * y] == 2 + y);
    const Picture red = painted(1, 1, [](int, int, int c) { return c == 0 ? 255 : 0; });
    REQUIRE(fitted(red, {1, 1, 1}) == Bytes{77});
}

TEST_CASE("fitting mirrors with the picture", "[pictures]") {
    const Shade noise = [](int y, int x, int c) { return (y * 29 + x * x * 7 + c * 91) % 256; };
    const Picture there = painted(50, 50, noise);
    const Picture back = painted(50, 50, [&](int y, int x, int c) { return noise(y, 49 - x, c); });
    for (const int side : {17, 80}) {
        const Bytes a = fitted(there, {side, side, 3}), b = fitted(back, {side, side, 3});
        for (std::size_t pixel = 0; pixel < a.size() / 3; ++pixel) {
            const std::size_t n = static_cast<std::size_t>(side), x = pixel % n;
            REQUIRE(a[3 * pixel] == b[3 * (pixel - x + n - 1 - x)]);
        }
    }
}
