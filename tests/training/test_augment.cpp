// Augmented images: exact values by hand, what every address gives, and one result for threads,
// processes, instruction sets and restarts.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <set>

#include "base/check.hpp"
#include "base/random_address.hpp"
#include "float/float_network.hpp"
#include "learning_testing.hpp"
#include "training/augment.hpp"
#include "training/bn_calibration.hpp"
#include "training/evaluate.hpp"

using namespace crossbar;
using namespace learning_testing;
using Catch::Matchers::Contains;
using Pixels = std::vector<std::uint8_t>;

namespace {

// All of it.
constexpr Augmentation everything{2, true, 3, 20, 6554};

Pixels augmented(const Pixels& from, const Shape& shape, const AugmentDraw& draw) {
    Pixels to(from.size(), 99);
    augment(from.data(), shape, draw, to.data());
    return to;
}

const Shape grey{3, 4, 1};
const Pixels counted{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Settings augmenting(Settings s) {
    s.augment_crop = 2;
    s.augment_flip = true;
    s.augment_cutout = 3;
    s.augment_rotate = 20;
    s.augment_shift = 0.1;
    return s;
}

Pixels seen(const Dataset& data, std::uint32_t image, const EpochView& view) {
    Pixels room(data.shape.size());
    const std::uint8_t* pixels = seen_image(data, image, view, room.data());
    return {pixels, pixels + room.size()};
}

}  // namespace

TEST_CASE("augmentation: nothing drawn is the image itself", "[augment]") {
    CHECK(augmented(counted, grey, {}) == counted);
    const Dataset data = noise({5, 7, 3}, 2, 1);
    CHECK(augmented(data.pixels, data.shape, {}) == data.pixels);
}

TEST_CASE("augmentation: a window one lower and two to the left", "[augment]") {
    AugmentDraw draw;
    draw.row = 1;
    draw.column = -2;
    CHECK(augmented(counted, grey, draw) == Pixels{0, 0, 5, 6, 0, 0, 9, 10, 0, 0, 0, 0});
    draw.flip = true;
    CHECK(augmented(counted, grey, draw) == Pixels{6, 5, 0, 0, 10, 9, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("augmentation: a mirror keeps channels together", "[augment]") {
    AugmentDraw draw;
    draw.flip = true;
    CHECK(augmented(counted, grey, draw) == Pixels{4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9});
    CHECK(augmented(counted, {2, 2, 3}, draw) == Pixels{4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9});
    CHECK(augmented(augmented(counted, grey, draw), grey, draw) == counted);
}

TEST_CASE("augmentation: a square of zeros, also over the edge", "[augment]") {
    AugmentDraw draw;
    draw.cutout = 2;
    draw.cutout_row = 1;
    draw.cutout_column = 1;
    CHECK(augmented(counted, grey, draw) == Pixels{1, 2, 3, 4, 5, 0, 0, 8, 9, 0, 0, 12});
    draw.cutout_row = -1;
    draw.cutout_column = 3;
    CHECK(augmented(counted, grey, draw) == Pixels{1, 2, 3, 0, 5, 6, 7, 8, 9, 10, 11, 12});
    draw.cutout_row = 1;
    draw.cutout_column = 0;
    CHECK(augmented(counted, {2, 2, 3}, draw) == Pixels{1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("augmentation: shifts by whole pixels and by halves", "[augment]") {
    AugmentDraw draw;
    draw.right = 256;
    CHECK(augmented(counted, grey, draw) == Pixels{1, 1, 2, 3, 5, 5, 6, 7, 9, 9, 10, 11});
    draw.right = 0;
    draw.down = -512;
    CHECK(augmented(counted, grey, draw) == Pixels{9, 10, 11, 12, 9, 10, 11, 12, 9, 10, 11, 12});
    // Half a pixel down: the mean of two rows, halves up.
    draw.down = 128;
    CHECK(augmented(counted, grey, draw) == Pixels{1, 2, 3, 4, 3, 4, 5, 6, 7, 8, 9, 10});
    draw.down = 0;
    draw.right = -64;  // a quarter of the right neighbour: 1.25, 2.25, 3.25, 4
    CHECK(augmented({0, 100, 200, 40}, {1, 4, 1}, draw) == Pixels{25, 125, 160, 40});
}

TEST_CASE("augmentation: a quarter turn is clockwise and exact", "[augment]") {
    AugmentDraw draw;
    draw.sine = 65536;
    draw.cosine = 0;
    const Pixels square{1, 2, 3, 4, 5, 6, 7, 8, 9};
    CHECK(augmented(square, {3, 3, 1}, draw) == Pixels{7, 4, 1, 8, 5, 2, 9, 6, 3});
    draw.sine = 0;
    draw.cosine = -65536;
    draw.right = 256;  // so that it counts as bent; after the turn
    CHECK(augmented(square, {3, 3, 1}, draw) == Pixels{9, 9, 8, 6, 6, 5, 3, 3, 2});
}

TEST_CASE("augmentation: sines are right to the last bit but one", "[augment]") {
    for (std::int64_t angle = -843314880; angle <= 843314880; angle += 99991) {
        const double x = static_cast<double>(angle) / 1073741824;
        const Turn turn = turn_by(angle);
        REQUIRE(std::abs(turn.sine - std::sin(x) * 65536) < 0.51);
        REQUIRE(std::abs(turn.cosine - std::cos(x) * 65536) < 0.51);
    }
    CHECK(turn_by(0).sine == 0);
    CHECK(turn_by(0).cosine == 65536);
}

TEST_CASE("augmentation: a turned image stays between its values, and close to itself",
          "[augment]") {
    const Shape shape{32, 24, 3};
    Dataset data = noise(shape, 2, 1);
    for (std::uint8_t& pixel : data.pixels)
        pixel = static_cast<std::uint8_t>(40 + pixel % 100);
    for (const int degrees : {1, 7, 15, 45}) {
        const auto angle = static_cast<std::int64_t>(degrees * std::numbers::pi / 180 * 1073741824);
        const Turn turn = turn_by(angle);
        const Pixels turned = augmented(data.pixels, shape, {turn.sine, turn.cosine});
        CHECK(turned != data.pixels);
        const auto [least, most] = std::minmax_element(turned.begin(), turned.end());
        CHECK(*least >= 40);
        CHECK(*most < 140);
    }
    // A plane of grey turned about its middle is that plane turned: within a step of rounding.
    Pixels plane;
    for (int y = 0; y < 33; ++y)
        for (int x = 0; x < 33; ++x)
            plane.push_back(static_cast<std::uint8_t>(64 + 4 * x));
    const Turn turn = turn_by(18740330 * 15);
    const Pixels turned = augmented(plane, {33, 33, 1}, {turn.sine, turn.cosine});
    const double angle = 15 * std::numbers::pi / 180;
    for (int y = 8; y < 25; ++y)
        for (int x = 8; x < 25; ++x) {
            const double expected =
                64 + 4 * (16 + std::cos(angle) * (x - 16) + std::sin(angle) * (y - 16));
            REQUIRE(std::abs(turned[static_cast<std::size_t>(y * 33 + x)] - expected) <= 0.52);
        }
}

TEST_CASE("augmentation: what is drawn keeps to its bounds and reaches them", "[augment]") {
    const Shape shape{32, 16, 3};
    std::set<int> rows, columns, corners, lefts;
    int flips = 0, steepest = 0, farthest = 0, lowest = 0;
    const std::int32_t sine = turn_by(18740330 * 20).sine;
    for (std::uint32_t image = 0; image < 4000; ++image) {
        const AugmentDraw d = draw_augmentation({everything, 3, 5}, shape, image);
        rows.insert(d.row), columns.insert(d.column);
        corners.insert(d.cutout_row), lefts.insert(d.cutout_column);
        flips += d.flip;
        steepest = std::max(steepest, std::abs(d.sine));
        farthest = std::max(farthest, std::abs(d.right));
        lowest = std::max(lowest, std::abs(d.down));
        REQUIRE(d.cutout == 3);
    }
    CHECK(rows == std::set<int>{-2, -1, 0, 1, 2});
    CHECK(columns == rows);
    CHECK(corners.size() == 32);
    CHECK(*corners.begin() == -1);
    CHECK(lefts.size() == 16);
    CHECK(std::abs(flips - 2000) < 160);  // five standard deviations
    CHECK(steepest <= sine);
    CHECK(steepest > sine * 99 / 100);
    CHECK(farthest <= 409);  // a tenth of 16 pixels
    CHECK(farthest > 400);
    CHECK(lowest <= 819);
    CHECK(lowest > 800);
}

TEST_CASE("augmentation: an address is an image of an epoch of a seed", "[augment]") {
    const Dataset data = noise({16, 16, 1}, 2, 40);
    std::set<Pixels> all;
    for (std::uint32_t image = 0; image < 40; ++image)
        for (int epoch = 0; epoch < 10; ++epoch)
            for (const std::uint64_t seed : {1u, 2u}) {
                const EpochView view{everything, seed, epoch};
                const Pixels once = seen(data, image, view);
                CHECK(once == seen(data, image, view));
                all.insert(once);
            }
    CHECK(all.size() == 800);
    // Each kind has words of its own: another one more does not move it.
    const AugmentDraw crop = draw_augmentation({{2, false, 0, 0, 0}, 1, 0}, data.shape, 7);
    const AugmentDraw both = draw_augmentation({everything, 1, 0}, data.shape, 7);
    CHECK(crop.row == both.row);
    CHECK(crop.column == both.column);
    CHECK(seen(data, 3, {}) == Pixels(data.image(3).begin(), data.image(3).end()));
}

TEST_CASE("augmentation: training sees it, tests and statistics do not", "[augment]") {
    const Dataset data = noise(small_input, 3, 24);
    const Plan plain = make_plan(settings_of("bm1", "frsf"));
    const Plan plan = make_plan(augmenting(settings_of("bm1", "frsf")));
    Threads threads(2);
    const Compute compute{best_kernels(), threads};
    const std::vector<std::uint32_t> images{5, 2, 19};
    Network net = network_of(every_stage, data.shape, 3, plan);
    Workspace work = make_workspace(net, threads);
    train_step(net, plan, 4, 1, data, images, work, compute);
    FloatNetwork floats = make_float_network(every_stage, data.shape, 3, plan, best_kernels());
    FloatWorkspace float_work = make_float_workspace(floats, 2);
    float_train_step(floats, plan, 4, 1, data, images, float_work, compute);
    for (std::size_t i = 0; i < images.size(); ++i) {
        const Pixels pixels = seen(data, images[i], {plan.augmentation, plan.seed, 4});
        for (std::size_t p = 0; p < pixels.size(); ++p) {
            REQUIRE(work.input.at(i)[p] == (pixels[p] * 127 + 127) / 255);
            REQUIRE(float_work.input[i * pixels.size() + p] == static_cast<float>(pixels[p]) / 255);
        }
    }
    // From one state on, with and without.
    Settings settings = settings_of("bm1", "frsf");
    settings.bn_images = 24;
    const Plan statistics = make_plan(settings), other = make_plan(augmenting(settings));
    Network a = network_of(every_stage, data.shape, 3, plain), b = a;
    calibrate_bn(a, statistics, data, work, compute);
    calibrate_bn(b, other, data, work, compute);
    CHECK(signature(a) == signature(b));
}

TEST_CASE("augmentation: a batch is the same in any order of its images", "[augment]") {
    const Dataset data = noise(small_input, 3, 8);
    const Plan plan = make_plan(augmenting(settings_of("bm1", "frsf")));
    Threads threads(1);
    const Compute compute{best_kernels(), threads};
    const auto trained = [&](const std::vector<std::uint32_t>& images) {
        Network net = network_of(every_stage, data.shape, 3, plan);
        Workspace work = make_workspace(net, threads);
        train_step(net, plan, 0, 1, data, images, work, compute);
        return signature(net);
    };
    CHECK(trained({0, 1, 2, 3, 4}) == trained({4, 2, 0, 1, 3}));
    CHECK(trained({0, 1, 2, 3, 4}) != trained({0, 1, 2, 3, 5}));
}

TEST_CASE("augmentation: what cannot be is refused", "[augment]") {
    const auto plan_with = [](auto change) {
        Settings s;
        change(s);
        return make_plan(s);
    };
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.augment_rotate = 46; }),
                      Contains("--augment-rotate 46 is out of range: expected 0 to 45"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.augment_crop = -1; }),
                      Contains("--augment-crop -1 is out of range"));
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.augment_shift = 0.6; }),
                      Contains("--augment-shift 0.6 is out of range"));
    // Less than it can be told from nothing.
    CHECK_THROWS_WITH(plan_with([](Settings& s) { s.augment_shift = 0.0009; }),
                      Contains("expected 0.001 to 0.5"));
    CHECK_NOTHROW(check_augmentation({7, true, 7, 45, 32768}, {8, 9, 2}));
    CHECK_THROWS_WITH(
        check_augmentation({8, false, 0, 0, 0}, {8, 9, 2}),
        Contains("--augment-crop 8") && Contains("8x9") && Contains("expected less than 8"));
    CHECK_THROWS_WITH(check_augmentation({0, false, 9, 0, 0}, {12, 9, 2}),
                      Contains("--augment-cutout 9") && Contains("expected less than 9"));
    CHECK_THROWS_WITH(check_augmentation({0, true, 0, 0, 0}, {1, 1845, 1}),
                      Contains("rows of features"));
    CHECK_NOTHROW(check_augmentation({}, {1, 1845, 1}));
    // Also where nobody looked before.
    const Dataset data = noise({1, 10, 1}, 3, 4);
    const Plan plan = plan_with([](Settings& s) { s.augment_flip = true; });
    Threads threads(1);
    Network net = network_of("fc 3", data.shape, 3, plan);
    Workspace work = make_workspace(net, threads);
    CHECK_THROWS_WITH(
        train_step(net, plan, 0, 1, data, first_n(4), work, {best_kernels(), threads}),
        Contains("rows of features"));
}
