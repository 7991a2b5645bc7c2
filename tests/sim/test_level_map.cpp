// Pictures of arrays, read back by the reader of PNG files: every cell has the colour of its level.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "data/formats/picture.hpp"
#include "export/level_map.hpp"
#include "pictures/colours.hpp"

using namespace crossbar;
using namespace crossbar::sim;
using Catch::Matchers::Contains;

namespace {

Run letters(const std::string& target, const std::string& bits = "8") {
    return prepare(new_run({{{"task", "letters"},
                             {"target", target},
                             {"threads", "1"},
                             {"epochs", "3"},
                             {"weight-bits", bits}}}));
}

struct Seen {
    Picture picture;
    MapLayout layout;

    explicit Seen(const LevelMap& map, const Run& e) : layout(layout_of(map, e)) {
        const std::string png = picture_of(map, e);
        picture = decode_picture({reinterpret_cast<const std::uint8_t*>(png.data()), png.size()},
                                 "map.png");
    }
    Colour pixel(std::size_t x, std::size_t y) const {
        const std::uint8_t* rgb =
            picture.rgb.data() + 3 * (y * static_cast<std::size_t>(picture.width) + x);
        return {rgb[0], rgb[1], rgb[2]};
    }
    // Its colour where all of its pixels have the same one.
    Colour cell(std::size_t panel, std::size_t row, std::size_t column) const {
        const std::size_t x = layout.left + panel * layout.stride + column * layout.zoom;
        const std::size_t y = layout.top + row * layout.zoom;
        for (std::size_t dy = 0; dy < layout.zoom; ++dy)
            for (std::size_t dx = 0; dx < layout.zoom; ++dx)
                REQUIRE(pixel(x + dx, y + dy) == pixel(x, y));
        return pixel(x, y);
    }
};

int lightness(const Colour& c) {
    return 2 * c[0] + 7 * c[1] + c[2];  // about
}

const SynapseArray& first_array(const Run& e) {
    return std::get<Network>(e.network).layers[0].forward;
}

}  // namespace

TEST_CASE("every level has a colour of its own, the farther from 0 the darker", "[map]") {
    for (const int top : {1, 3, 7, 127}) {
        std::set<Colour> colours;
        for (int level = -top; level <= top; ++level) {
            colours.insert(diverging_colour(level, top));
            if (level > 0) {
                REQUIRE(lightness(diverging_colour(level, top)) <
                        lightness(diverging_colour(level - 1, top)));
                REQUIRE(lightness(diverging_colour(-level, top)) <
                        lightness(diverging_colour(1 - level, top)));
                REQUIRE(diverging_colour(level, top)[0] > diverging_colour(-level, top)[0]);
            }
        }
        REQUIRE(colours.size() == static_cast<std::size_t>(2 * top + 1));
    }
    for (int level = 1; level <= 254; ++level)
        REQUIRE(lightness(sequential_colour(level, 254)) >
                lightness(sequential_colour(level - 1, 254)));
}

TEST_CASE("a picture of a layer shows its levels and its devices", "[map]") {
    for (const std::string target : {"ideal", "prezioso2015", "pcmo"}) {
        INFO(target);
        Run e = letters(target, target == "pcmo" ? "5" : "8");
        train(e, {});
        const SynapseArray& a = first_array(e);
        const std::vector<LevelMap> maps = parse_maps("1=a.png\n1:0:0=b.png", e);
        REQUIRE(maps.size() == 2);
        REQUIRE(maps[0].file == "a.png");
        // A network of one tile: the same picture.
        REQUIRE(picture_of(maps[0], e) == picture_of(maps[1], e));
        const Seen seen(maps[0], e);
        const bool devices = a.devices.device != nullptr;
        REQUIRE(seen.layout.panels == (!devices ? 1u : a.devices.device->two() ? 3u : 2u));
        REQUIRE(seen.layout.zoom == 32);
        for (std::size_t out = 0; out < 3; ++out)
            for (std::size_t in = 0; in < 10; ++in) {
                const std::size_t i = out * 10 + in;
                REQUIRE(seen.cell(0, in, out) ==
                        diverging_colour(level_at(a, i), top_synapse_level(a.bits)));
                for (std::size_t plane = 0; plane + 1 < seen.layout.panels; ++plane)
                    REQUIRE(
                        seen.cell(plane + 1, in, out) ==
                        sequential_colour(device_level(a, plane, i), a.devices.device->highest));
            }
    }
}

TEST_CASE("tiles are parts of the layer, the last ones what is left", "[map]") {
    const Run e = prepare(new_run({{{"task", "letters"},
                                    {"threads", "1"},
                                    {"network", "fc 7, bn, relu, fc 3"},
                                    {"device", "tiles.rows=4;tiles.columns=5"}}}));
    const SynapseArray& a = first_array(e);
    const LevelMap map = parse_maps("1:2:1=a.png", e).front();
    REQUIRE(map.inputs == 2);   // 8 and 9 of 10
    REQUIRE(map.outputs == 2);  // 5 and 6 of 7
    const Seen seen(map, e);
    for (std::size_t in = 0; in < 2; ++in)
        for (std::size_t out = 0; out < 2; ++out)
            REQUIRE(seen.cell(0, in, out) ==
                    diverging_colour(level_at(a, (5 + out) * 10 + 8 + in), 127));
    const auto error = [&](const std::string& text) {
        try {
            parse_maps(text, e);
        } catch (const Error& refused) {
            return std::string(refused.what());
        }
        return std::string("no error");
    };
    REQUIRE_THAT(error("1:3:0=a.png"), Contains("a tile row from 0 to 2 and a tile column from 0 "
                                                "to 1; tiles are 4 inputs x 5 outputs"));
    REQUIRE_THAT(error("1:0:2=a.png"), Contains("--map 1:0:2=a.png"));
    REQUIRE_THAT(error("3=a.png"), Contains("a layer from 1 to 2"));
    for (const char* text : {"1", "1=", "=a.png", "1:2=a.png", "1:0:0:0=a.png", "0=a.png", "-1=a",
                             "1:x:0=a.png", "1:0:0=a.png\n1", "99999999999999999999=a.png"}) {
        INFO(text);
        REQUIRE_THAT(error(text), Contains("--map "));
    }
    REQUIRE(parse_maps("", e).empty());
}

TEST_CASE("a float network has no map", "[map]") {
    const Run e = prepare(new_run(
        {{{"task", "letters"}, {"threads", "1"}, {"arithmetic", "float"}, {"rule", "sgd"}}}));
    REQUIRE_THROWS_AS(parse_maps("1=a.png", e), Error);
}
