// Draws panels of weights and conductances, one square per synapse, into a PNG file.
#include "export/level_map.hpp"

#include <algorithm>
#include <functional>
#include <sstream>
#include <string_view>

#include "array/device_array.hpp"
#include "base/check.hpp"
#include "pictures/colours.hpp"
#include "run/place.hpp"

namespace crossbar::sim {
namespace {

// In pixels.
constexpr std::size_t longest_side = 640, largest_zoom = 32, shortest_bar = 96;
constexpr std::size_t margin = 16, bar_gap = 10, bar_width = 12, panel_gap = 16;
constexpr std::size_t dot = 2, letter = 4 * dot, line = 5 * dot, longest_label = 6 * letter;

constexpr Colour paper = {255, 255, 255}, ink = {60, 60, 60}, frame = {150, 150, 150};

// Letters of 3 x 5 dots, from the top left.
struct Glyph {
    char character;
    std::string_view dots;
};
constexpr Glyph glyphs[] = {
    {'0', "####.##.##.####"}, {'1', ".#.##..#..#.###"}, {'2', "##...#.#.#..###"},
    {'3', "##...#.#...###."}, {'4', "#.##.####..#..#"}, {'5', "####..##...###."},
    {'6', ".###..####.####"}, {'7', "###..#.#..#..#."}, {'8', "####.#####.####"},
    {'9', "####.####..###."}, {'-', "......###......"}, {'+', "....#.###.#...."},
    {'W', "#.##.########.#"}, {'G', ".###..#.##.#.##"},
};

void draw_text(Canvas& canvas, std::size_t x, std::size_t y, std::string_view text) {
    for (const char c : text) {
        for (const Glyph& glyph : glyphs)
            for (std::size_t i = 0; glyph.character == c && i < glyph.dots.size(); ++i)
                if (glyph.dots[i] == '#')
                    canvas.fill(x + i % 3 * dot, y + i / 3 * dot, dot, dot, ink);
        x += letter;
    }
}

// One picture of the array: what is in its cells, and how it is coloured.
struct Panel {
    const char* name;
    int low, high;
    Colour (*colour)(int level, int most);
    std::function<int(std::size_t synapse)> level;
};

const SynapseArray& array_of(const LevelMap& map, const Run& e) {
    return std::get<Network>(e.network).layers[map.layer].forward;
}

std::vector<Panel> panels_of(const SynapseArray& a) {
    const int top = top_synapse_level(a.bits);
    std::vector<Panel> panels = {
        {"W", -top, top, diverging_colour, [&a](std::size_t i) { return level_at(a, i); }}};
    if (!a.devices.device) return panels;
    const bool two = a.devices.device->two();
    const std::array<const char*, 2> names = !two ? std::array{"G", ""}
                                             : a.devices.device->cells == Cells::carry
                                                 ? std::array{"G1", "G0"}
                                                 : std::array{"G+", "G-"};
    for (std::size_t plane = 0; plane < (two ? 2 : 1); ++plane)
        panels.push_back({names[plane], 0, a.devices.device->highest, sequential_colour,
                          [&a, plane](std::size_t i) { return device_level(a, plane, i); }});
    return panels;
}

// Colours from the highest level down, with the highest, the middle and the lowest beside them.
void draw_bar(Canvas& canvas, std::size_t x, std::size_t y, std::size_t height,
              const Panel& panel) {
    const int range = panel.high - panel.low, last = static_cast<int>(height) - 1;
    for (int row = 0; row <= last; ++row) {
        const int level = panel.high - (2 * row * range + last) / (2 * last);  // the nearest
        canvas.fill(x, y + static_cast<std::size_t>(row), bar_width, 1,
                    panel.colour(level, panel.high));
    }
    for (std::size_t mark = 0; mark < 3; ++mark)
        draw_text(canvas, x + bar_width + dot * 2, y + mark * (height - line) / 2,
                  fmt::format("{}", panel.high - range * static_cast<int>(mark) / 2));
}

void draw_panel(Canvas& canvas, std::size_t x, const LevelMap& map, const MapLayout& layout,
                const SynapseArray& a, const Panel& panel) {
    const std::size_t width = map.outputs * layout.zoom, height = map.inputs * layout.zoom;
    draw_text(canvas, x, margin, panel.name);
    canvas.fill(x - 1, layout.top - 1, width + 2, height + 2, frame);
    for (std::size_t in = 0; in < map.inputs; ++in)
        for (std::size_t out = 0; out < map.outputs; ++out) {
            const std::size_t i = (map.first_output + out) * static_cast<std::size_t>(a.inputs) +
                                  map.first_input + in;
            canvas.fill(x + out * layout.zoom, layout.top + in * layout.zoom, layout.zoom,
                        layout.zoom, panel.colour(panel.level(i), panel.high));
        }
    draw_bar(canvas, x + width + bar_gap, layout.top, std::max(height, shortest_bar), panel);
}

[[noreturn]] void refuse(const std::string& text, const std::string& expected) {
    fail("--map {}: expected {}", text, expected);
}

// The part of `size` that tile `number` holds.
std::pair<std::size_t, std::size_t> part(std::size_t size, std::size_t tile, std::size_t number) {
    const std::size_t first = number * tile;
    return {first, std::min(tile, size - first)};
}

LevelMap parse_map(const std::string& text, const Run& e) {
    const std::optional<Place> place = parse_place(text);
    if (!place || (place->numbers.size() != 1 && place->numbers.size() != 3))
        refuse(text, "LAYER=FILE.png or LAYER:TILE_ROW:TILE_COLUMN=FILE.png, such as 1=layer.png");
    const auto* network = std::get_if<Network>(&e.network);
    if (!network) fail("--map {}: a float network has no crossbar", text);
    const std::size_t layer = place->numbers.front();
    if (layer < 1 || layer > network->layers.size())
        refuse(text, fmt::format("a layer from 1 to {}", network->layers.size()));
    const SynapseArray& a = network->layers[layer - 1].forward;
    const auto inputs = static_cast<std::size_t>(a.inputs);
    const auto outputs = static_cast<std::size_t>(a.outputs);
    LevelMap map{layer - 1, 0, inputs, 0, outputs, place->file};
    if (place->numbers.size() == 1) return map;
    const TileSpec tile = e.target.hardware_of(layer - 1).tiles.value_or(TileSpec{});
    const auto rows = static_cast<std::size_t>(tile.rows);
    const auto columns = static_cast<std::size_t>(tile.columns);
    const std::size_t row = place->numbers[1], column = place->numbers[2];
    const std::size_t last_row = (inputs - 1) / rows, last_column = (outputs - 1) / columns;
    if (row > last_row || column > last_column)
        refuse(text,
               fmt::format("a tile row from 0 to {} and a tile column from 0 to {}; tiles are "
                           "{} inputs x {} outputs",
                           last_row, last_column, rows, columns));
    std::tie(map.first_input, map.inputs) = part(inputs, rows, row);
    std::tie(map.first_output, map.outputs) = part(outputs, columns, column);
    return map;
}

}  // namespace

std::vector<LevelMap> parse_maps(const std::string& lines, const Run& e) {
    std::vector<LevelMap> maps;
    std::istringstream in(lines);
    for (std::string text; std::getline(in, text);)
        maps.push_back(parse_map(text, e));
    return maps;
}

MapLayout layout_of(const LevelMap& map, const Run& e) {
    MapLayout layout;
    layout.zoom =
        std::clamp(longest_side / std::max(map.inputs, map.outputs), std::size_t{1}, largest_zoom);
    layout.left = margin;
    layout.top = margin + line + dot * 3;
    layout.stride =
        map.outputs * layout.zoom + bar_gap + bar_width + dot * 2 + longest_label + panel_gap;
    layout.panels = panels_of(array_of(map, e)).size();
    return layout;
}

std::string picture_of(const LevelMap& map, const Run& e) {
    const MapLayout layout = layout_of(map, e);
    const SynapseArray& a = array_of(map, e);
    const std::size_t height = std::max(map.inputs * layout.zoom, shortest_bar);
    Canvas canvas(layout.left + layout.panels * layout.stride, layout.top + height + margin, paper);
    std::size_t x = layout.left;
    for (const Panel& panel : panels_of(a)) {
        draw_panel(canvas, x, map, layout, a, panel);
        x += layout.stride;
    }
    return png_of(canvas);
}

}  // namespace crossbar::sim
