// BMP and the netpbm family: every kind comes back exactly, damaged ones are an Error.
#include <algorithm>
#include <catch2/catch.hpp>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "picture_testing.hpp"

using namespace crossbar;
using Catch::Matchers::Contains;

namespace {

Picture decoded(const Bytes& file) {
    return decode_picture(file, "some.file");
}

std::string refusal(const Bytes& file) {
    return error_of([&] { decoded(file); });
}

// Red, green and blue of each pixel.
const Bytes black_white_red_blue = {0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255};
const Bytes palette = {0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0, 255, 0, 0, 0};

Bytes doubled(const Bytes& row) {
    Bytes both = row;
    both.insert(both.end(), row.begin(), row.end());
    return both;
}

}  // namespace

TEST_CASE("BMP of 24 bits, from either side", "[pictures]") {
    const Shade shade = [](int y, int x, int c) { return 40 * y + 9 * x + 60 * c; };
    const Picture picture = decoded(encode_bmp(3, 5, shade));
    REQUIRE(picture.height == 3);
    REQUIRE(picture.width == 5);
    for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 5; ++x)
            for (int c = 0; c < 3; ++c)
                REQUIRE(picture.rgb[static_cast<std::size_t>((y * 5 + x) * 3 + c)] ==
                        shade(y, x, c));
    const Bytes two = {1, 2, 3, 0, 4, 5, 6, 0};
    REQUIRE(decoded(bmp_of({2, 1}, two)).rgb == Bytes{6, 5, 4, 3, 2, 1});
    REQUIRE(decoded(bmp_of({-2, 1}, two)).rgb == Bytes{3, 2, 1, 6, 5, 4});
}

TEST_CASE("BMP with a palette, packed or not", "[pictures]") {
    const auto row = [](int bits, int packing, const Bytes& pixels) {
        return decoded(bmp_of({1, 4, bits, packing, palette}, pixels)).rgb;
    };
    REQUIRE(row(8, 0, {0, 1, 2, 3}) == black_white_red_blue);
    REQUIRE(row(4, 0, {0x01, 0x23, 0, 0}) == black_white_red_blue);
    REQUIRE(row(1, 0, {0x50, 0, 0, 0}) == Bytes{0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255});
    REQUIRE(row(8, 1, {1, 0, 1, 1, 1, 2, 1, 3, 0, 1}) == black_white_red_blue);
    REQUIRE(row(8, 1, {0, 4, 0, 1, 2, 3, 0, 1}) == black_white_red_blue);
    REQUIRE(row(4, 2, {2, 0x01, 2, 0x23, 0, 1}) == black_white_red_blue);
    REQUIRE(row(4, 2, {0, 4, 0x01, 0x23, 0, 1}) == black_white_red_blue);
    // What runs leave out is colour 0.
    REQUIRE(row(8, 1, {1, 1, 0, 0, 0, 1}) == Bytes{255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    REQUIRE(decoded(bmp_of({2, 4, 8, 1, palette}, {4, 1, 0, 2, 0, 0, 0, 0, 4, 2, 0, 1})).rgb[0] ==
            255);
    REQUIRE_THAT(refusal(bmp_of({1, 1, 8, 0, palette}, {7, 0, 0, 0})),
                 Contains("some.file: byte 70") && Contains("colour 7 of a palette of 4"));
    REQUIRE_THAT(refusal(bmp_of({1, 4, 8, 1, palette}, {5, 1, 0, 1})),
                 Contains("a run leaves the picture"));
    REQUIRE_THAT(refusal(bmp_of({1, 4, 8, 1, palette}, {4, 1})), Contains("truncated"));
    REQUIRE_THAT(refusal(bmp_of({30000, 30000, 8, 1, palette}, {4, 1, 0, 1})),
                 Contains("more pixels than"));
}

TEST_CASE("BMP of 16 and 32 bits, with masks and alpha", "[pictures]") {
    const auto row = [](int bits, int packing, const Bytes& masks, const Bytes& pixels) {
        const int width = static_cast<int>(pixels.size()) * 8 / bits;
        return decoded(bmp_of({1, width, bits, packing, masks}, pixels));
    };
    REQUIRE(row(16, 0, {}, {0x1f, 0x00, 0x00, 0x7c}).rgb == Bytes{0, 0, 255, 255, 0, 0});
    const Bytes of565 = {0, 0xf8, 0, 0, 0xe0, 7, 0, 0, 0x1f, 0, 0, 0};
    REQUIRE(row(16, 3, of565, {0x1f, 0x00, 0xe0, 0x07}).rgb == Bytes{0, 0, 255, 0, 255, 0});
    REQUIRE(row(32, 0, {}, {3, 2, 1, 77}).rgb == Bytes{1, 2, 3});
    const Bytes rgba = {255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255};
    const Picture clear = row(32, 6, rgba, {0, 0, 0, 0, 0, 0, 0, 255});
    REQUIRE(clear.transparent);
    REQUIRE(clear.rgb == Bytes{255, 255, 255, 0, 0, 0});
    // No alpha anywhere: of a program that knows none.
    REQUIRE(row(32, 6, rgba, {9, 8, 7, 0, 0, 0, 0, 0}).rgb == Bytes{9, 8, 7, 0, 0, 0});
    REQUIRE_THAT(refusal(bmp_of({1, 1, 32, 3, {5, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}}, {1, 2, 3, 4})),
                 Contains("mask"));
    REQUIRE_THAT(refusal(bmp_of({1, 1, 24, 4}, {1, 2, 3, 4})), Contains("packing 4"));
    REQUIRE_THAT(refusal(bmp_of({1, 1, 7}, {1, 2, 3, 4})), Contains("7 bits per pixel"));
    REQUIRE_THAT(refusal(bmp_of({1, 0}, {})), Contains("1 x 0 pixels") || Contains("0 x 1 pixels"));
    REQUIRE_THAT(refusal(bmp_of({65535, 65535}, {1, 2, 3, 4})), Contains("some.file: byte 18"));
}

TEST_CASE("the netpbm family, ASCII and binary", "[pictures]") {
    const Bytes steps = {0, 0, 0, 128, 128, 128, 255, 255, 255};
    REQUIRE(decoded(netpbm_of("P2\n# a comment\n3 1\n200\n0 100\n200\n")).rgb == steps);
    REQUIRE(decoded(netpbm_of("P5 3 1 200\n", {0, 100, 200})).rgb == steps);
    REQUIRE(decoded(netpbm_of("P5 3 1 60000\n", {0, 0, 0x75, 0x30, 0xea, 0x60})).rgb == steps);
    REQUIRE(decoded(netpbm_of("P7\nWIDTH 3\nHEIGHT 1\nDEPTH 1\nMAXVAL 200\n# x\nTUPLTYPE "
                              "GRAYSCALE\nENDHDR\n",
                              {0, 100, 200}))
                .rgb == steps);
    const Bytes colours = {1, 2, 3, 4, 5, 6};
    REQUIRE(decoded(netpbm_of("P3 1 2 255 1 2 3 4 5 6")).rgb == colours);
    REQUIRE(decoded(netpbm_of("P6 1 2 255 ", colours)).rgb == colours);
    const Picture clear =
        decoded(netpbm_of("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nENDHDR\n", {0, 0, 0, 255}));
    REQUIRE(clear.transparent);
    REQUIRE(clear.rgb == Bytes{255, 255, 255, 0, 0, 0});
    // 1 is black; digits need no blanks, rows are filled to bytes.
    const Bytes ink = {0, 0, 0, 255, 255, 255, 0, 0, 0};
    REQUIRE(decoded(netpbm_of("P1 3 2 101 1 0 1")).rgb == doubled(ink));
    REQUIRE(decoded(netpbm_of("P4 3 2 ", {0xa0, 0xbf})).rgb == doubled(ink));
}

TEST_CASE("netpbm files that are cut, or hold more, are refused", "[pictures]") {
    REQUIRE_THAT(refusal(netpbm_of("P5 3 1 200\n", {0, 100})),
                 Contains("some.file: byte 13") && Contains("truncated"));
    REQUIRE_THAT(refusal(netpbm_of("P5 2 1 200\n", {0, 201})), Contains("201 is above"));
    REQUIRE_THAT(refusal(netpbm_of("P5 2 1 200\n", {0, 1, 2})), Contains("more bytes after"));
    REQUIRE_THAT(refusal(netpbm_of("P2 2 1 200\n0 1 2")), Contains("more bytes after"));
    REQUIRE_THAT(refusal(netpbm_of("P2 2 1 200\n0 x")), Contains("expected a number"));
    REQUIRE_THAT(refusal(netpbm_of("P5 0 1 200\n")), Contains("0 x 1 pixels"));
    REQUIRE_THAT(refusal(netpbm_of("P6 99999 99999 255\n")), Contains("expected 1 to 2^30"));
    REQUIRE_THAT(refusal(netpbm_of("P6 3000000000 1 255\n")), Contains("a number above"));
    REQUIRE_THAT(refusal(netpbm_of("P7\nWIDTH 1\nENDHDR\n")), Contains("DEPTH"));
    REQUIRE_THAT(
        refusal(netpbm_of("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\n",
                          {1, 2, 3, 4})),
        Contains("CMYK"));
}

TEST_CASE("cut and changed BMP and netpbm files end as an Error", "[pictures]") {
    const Shade shade = [](int y, int x, int c) { return (y * 71 + x * 37 + c * 11) % 256; };
    const Picture picture = decoded(encode_bmp(20, 20, shade));
    const Bytes runs = {4, 1, 0, 4, 0, 1, 2, 3, 0, 1};
    for (const Bytes& file :
         {encode_bmp(20, 20, shade), bmp_of({1, 8, 8, 1, palette}, runs),
          netpbm_of("P6 20 20 255\n", picture.rgb), netpbm_of("P2 2 2 9 1 2 3 4")}) {
        const Damage seen = damage(file, [](const Bytes& bytes) { decoded(bytes); });
        REQUIRE(seen.refused == seen.tried);
    }
}
