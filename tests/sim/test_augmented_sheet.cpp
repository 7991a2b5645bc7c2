// Sheets of augmented images, read back by the reader of PNG files: every pixel is that of the
// image that training would see.
#include <catch2/catch.hpp>

#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "export/augmented_sheet.hpp"
#include "learning_testing.hpp"
#include "training/augment.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

namespace {

constexpr Augmentation some{2, true, 2, 15, 6554};

Picture sheet_of(const Dataset& data) {
    const std::string png = augmented_sheet(data, some, 5);
    return decode_picture({reinterpret_cast<const std::uint8_t*>(png.data()), png.size()},
                          "sheet.png");
}

}  // namespace

TEST_CASE("a sheet shows each image plain, then epoch by epoch", "[augment]") {
    const int channels = GENERATE(1, 3);
    const Shape shape{8, 6, channels};
    const Dataset data = learning_testing::noise(shape, 2, 3);
    const Picture sheet = sheet_of(data);
    constexpr std::size_t zoom = 12, across = 6 * zoom + 4, down = 8 * zoom + 4, margin = 8;
    REQUIRE(sheet.height == static_cast<int>(2 * margin + 3 * down - 4));
    REQUIRE(sheet.width == static_cast<int>(2 * margin + 10 * across + 16 - 4 - 4));
    std::vector<std::uint8_t> room(shape.size());
    for (std::size_t image = 0; image < 3; ++image)
        for (int epoch = -1; epoch < sheet_epochs; ++epoch) {
            const EpochView view = epoch < 0 ? EpochView{} : EpochView{some, 5, epoch};
            const std::uint8_t* pixels =
                seen_image(data, static_cast<std::uint32_t>(image), view, room.data());
            const std::size_t left =
                margin + static_cast<std::size_t>(epoch + 1) * across + (epoch < 0 ? 0 : 12);
            for (std::size_t y = 0; y < 8; ++y)
                for (std::size_t x = 0; x < 6; ++x)
                    for (std::size_t c = 0; c < 3; ++c) {
                        const std::size_t row = margin + image * down + y * zoom + zoom - 1;
                        const std::size_t at =
                            row * static_cast<std::size_t>(sheet.width) + left + x * zoom;
                        const auto n = static_cast<std::size_t>(channels);
                        REQUIRE(sheet.rgb[3 * at + c] ==
                                pixels[(y * 6 + x) * n + (n == 3 ? c : 0)]);
                    }
        }
}

TEST_CASE("a sheet of nothing, or of no colours, is refused", "[augment]") {
    const Dataset grey = learning_testing::noise({4, 4, 1}, 2, 1);
    CHECK_THROWS_WITH(augmented_sheet(grey, {}, 1), Contains("nothing is augmented"));
    const Dataset deep = learning_testing::noise({4, 4, 2}, 2, 1);
    CHECK_THROWS_WITH(augmented_sheet(deep, some, 1), Contains("2 channels"));
}
